"""A call that failed or was lost is made again with the same key, and recorded once."""

import threading
import time
from uuid import uuid4

import pytest
from django.db import connection

from events import Command
from events.drain import drain
from tests.integration.events.steps import (
    DEAD,
    DONE,
    POST,
    Told,
    accounts_in_one_lane,
    all_done,
    declare_call,
    delivery,
    deposit,
    drain_all,
    drain_until,
    error_of,
    in_another_process,
    lane_of,
    let_time_pass,
    messages,
    ring,
)
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Stamped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]


def test_failing_call_is_repeated_with_the_same_key():
    account = deposit(trouble="post office on fire")

    for _ in range(3):
        drain(lane_of(account))
        let_time_pass()

    row = delivery(POST)
    assert (row.state, row.attempts) == (DONE, 3)
    assert list(Stamped.objects.values_list("key", flat=True)) == [str(row.message_id)] * 3
    assert len(messages(LetterPosted)) == 1


def test_call_that_fails_for_ever_becomes_a_dead_letter():
    def fail(command: Command, key: str, prepared: None) -> Told:
        raise ConnectionError("nobody answers")

    ring(declare_call(fail), uuid4())
    for _ in range(3):
        drain_all()
        let_time_pass()

    row = delivery("tests.ring")
    assert (row.state, row.attempts) == (DEAD, 3)
    assert error_of(row)["message"] == "nobody answers"


def test_record_that_fails_is_repeated_without_calling_again():
    called: list[str] = []
    recorded: list[Told] = []

    def call(command: Command, key: str, prepared: None) -> Told:
        called.append(key)
        return Told("hello")

    def record(command: Command, outcome: Told) -> None:
        recorded.append(outcome)
        if len(recorded) == 1:
            raise ValueError("not yet")

    ring(declare_call(call, record), uuid4())
    drain_all()
    let_time_pass()
    drain_all()

    assert recorded == [Told("hello"), Told("hello")]
    assert len(called) == 1
    assert delivery("tests.ring").state == DONE


def test_call_whose_process_died_is_made_again_at_once_with_the_same_key():
    account = deposit(trouble="killed at the post office")
    lane = lane_of(account)
    assert in_another_process(lambda: drain(lane)) == 9
    assert Stamped.objects.count() == 1

    drain_until(all_done)
    row = delivery(POST)
    assert list(Stamped.objects.values_list("key", flat=True)) == [str(row.message_id)] * 2
    assert len(messages(LetterPosted)) == 1


def test_answer_of_a_call_whose_lease_was_over_changes_nothing_any_more():
    """Somebody else has called since, with the same key: its outcome counts."""
    answers = [threading.Event(), threading.Event()]
    begun: list[int] = []
    recorded: list[Told] = []

    def call(command: Command, key: str, prepared: None) -> Told:
        number = len(begun)
        begun.append(number)
        answers[number].wait(10)
        return Told(f"call {number}")

    asked = declare_call(call, lambda command, outcome: recorded.append(outcome))
    (account,) = accounts_in_one_lane(1)
    ring(asked, account)
    drain(lane_of(account))
    let_time_pass()
    drain(lane_of(account))
    assert begun == [0, 1]

    answers[0].set()
    time.sleep(0.2)
    assert delivery("tests.ring").outcome is None
    answers[1].set()
    drain_until(all_done)

    assert recorded == [Told("call 1")]


def test_call_whose_drainer_lost_its_connection_is_made_again_with_the_same_key_and_recorded_once():
    """A process is known by its drainer's connection; towards the outside a call is made at least once."""
    free = threading.Event()
    begun: list[str] = []
    recorded: list[Told] = []

    def block(command: Command, key: str, prepared: None) -> Told:
        begun.append(key)
        free.wait(5)
        return Told("")

    (account,) = accounts_in_one_lane(1)
    ring(declare_call(block, lambda command, outcome: recorded.append(outcome)), account)
    drain(lane_of(account))
    assert len(begun) == 1

    connection.close()
    time.sleep(0.2)
    drain(lane_of(account))
    free.set()
    drain_until(all_done)

    assert len(begun) == 2
    assert len(set(begun)) == 1
    assert recorded == [Told("")]
