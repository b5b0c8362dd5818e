"""Calls hold nothing up, however long they last and however many wait for room."""

import sys
import threading
import time
from uuid import uuid4

import pytest

from events import Command
from events.drain import drain
from tests.integration.events.steps import (
    DONE,
    PENDING,
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
    messages,
    ring,
)
from tests.support.stack import eventually
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Stamped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]


def test_slow_call_holds_no_lane_up_and_its_outcome_waits_in_the_row():
    account = deposit(trouble="slow post")
    lane = lane_of(account)
    began = time.monotonic()

    drain(lane)

    assert time.monotonic() - began < 0.9, "the call lasts a second"
    row = delivery(POST)
    assert row.state == PENDING
    assert row.call_until is not None
    assert in_another_process(lambda: drain(lane)) == 0
    assert delivery(POST).attempts == 1, "nobody else takes what is being called"

    eventually(lambda: delivery(POST).outcome is not None, within=3.0)
    assert delivery(POST).outcome == {"text": f"stamp {row.message_id}"}
    assert in_another_process(lambda: drain(lane)) == 0
    assert delivery(POST).state == DONE
    assert Stamped.objects.count() == 1
    assert len(messages(LetterPosted)) == 1


def test_slow_call_that_fails_is_retried_by_its_policy():
    def fail_slowly(command: Command, key: str, prepared: None) -> Told:
        time.sleep(0.6)
        raise ConnectionError("at last")

    ring(declare_call(fail_slowly), uuid4())
    drain_all()
    assert delivery("tests.ring").last_error is None

    eventually(lambda: delivery("tests.ring").last_error is not None, within=3.0)

    row = delivery("tests.ring")
    assert (row.state, row.attempts, row.token, row.call_until) == (PENDING, 1, None, None)
    assert error_of(row)["message"] == "at last"
    assert row.failed_at is not None
    assert row.due_at > row.failed_at


@pytest.mark.parametrize("limit", [1, 3])
def test_as_many_calls_run_at_once_as_their_handler_allows(limit):
    lock, running, most, done = threading.Lock(), [0], [0], [0]

    def count(command: Command, key: str, prepared: None) -> Told:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
            done[0] += 1
        return Told("")

    asked = declare_call(count, at_once=limit)
    ring(asked, *(uuid4() for _ in range(20)))
    drain_until(all_done)

    assert most == [limit]
    assert done == [20]


def test_calls_that_find_no_room_wait_uncounted_and_unbegun():
    """A step's time-out counts from the first claim of its command: one that was handed back was not begun."""
    free = threading.Event()

    def block(command: Command, key: str, prepared: None) -> Told:
        free.wait(5)
        return Told("")

    asked = declare_call(block, at_once=1)
    first, second = accounts_in_one_lane(2)
    ring(asked, first, second)
    drain(lane_of(first))

    waiting = delivery("tests.ring", second)
    assert (waiting.state, waiting.attempts, waiting.crashes) == (PENDING, 0, 0)
    assert (waiting.token, waiting.call_until, waiting.claimed_at) == (None, None, None)

    free.set()
    drain_until(all_done)


def test_drainer_does_not_stay_for_all_calls_that_wait(monkeypatch):
    """What waits for room when its time is over is handed back: a lane is held for seconds, not for minutes."""
    monkeypatch.setattr("events.drain._SLICE", 0.2)
    monkeypatch.setattr("events.drain._GRACE", 0.2)

    def take_a_while(command: Command, key: str, prepared: None) -> Told:
        time.sleep(0.1)
        return Told("")

    accounts = accounts_in_one_lane(16)
    ring(declare_call(take_a_while, at_once=1), *accounts)
    began = time.monotonic()
    drain(lane_of(accounts[0]))

    assert time.monotonic() - began < 1.2, "1.6 s is how long all of them take"
    drain_until(all_done)


def test_call_that_exits_gives_its_place_back():
    def leave(command: Command, key: str, prepared: None) -> Told:
        sys.exit(1)

    asked = declare_call(leave, at_once=1)
    first, second = accounts_in_one_lane(2)
    ring(asked, first)
    drain(lane_of(first))
    ring(asked, second)
    drain(lane_of(first))

    assert [delivery("tests.ring", account).attempts for account in (first, second)] == [1, 1]
    assert error_of(delivery("tests.ring", second))["type"] == "builtins.SystemExit"
