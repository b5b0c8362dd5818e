"""The outside is reached without a transaction, with what was read before, and its outcome is recorded."""

import time
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from events import Command
from events.drain import drain
from events.lookups import Lookup
from events.models import Delivery
from events.unit import current_unit
from tests.integration.events.steps import (
    DONE,
    PENDING,
    POST,
    Told,
    accounts_in_one_lane,
    declare_call,
    delivery,
    deposit,
    drain_all,
    error_of,
    lane_of,
    let_time_pass,
    messages,
    ring,
)
from tests.toys.mailbox.events import LetterPosted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]


def test_call_is_made_and_its_outcome_recorded_while_the_lane_is_held():
    account = deposit()

    drain(lane_of(account))

    (posted,) = messages(LetterPosted)
    row = delivery(POST)
    assert posted.payload["stamp"] == f"stamp {row.message_id}"
    assert posted.causation_id == row.message_id
    assert (row.state, row.attempts, row.call_until, row.outcome) == (DONE, 1, None, None)


def test_call_runs_while_its_drainer_has_no_transaction_open():
    pid = backend()
    states: set[str] = set()

    def look(command: Command, key: str, prepared: None) -> Told:
        for _ in range(10):
            with connection.cursor() as cursor:
                cursor.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
                states.add(cursor.fetchone()[0])
            time.sleep(0.01)
        return Told(str(connection.in_atomic_block))

    outcomes: list[Told] = []
    asked = declare_call(look, lambda command, outcome: outcomes.append(outcome))
    ring(asked, uuid4())
    drain_all()

    assert outcomes == [Told("False")]
    assert "idle" in states
    assert not {state for state in states if "transaction" in state}


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_outcome_that_says_nothing_is_an_outcome_all_the_same():
    called: list[str] = []
    recorded: list[None] = []

    def record(command: Command, outcome: None) -> None:
        recorded.append(outcome)
        if len(recorded) == 1:
            raise ValueError("not yet")

    ring(declare_call(lambda command, key, prepared: called.append(key), record, outcome=None), uuid4())
    drain_all()
    let_time_pass()
    drain_all()

    assert recorded == [None, None]
    assert len(called) == 1


def test_what_a_call_needs_is_read_before_and_for_all_at_once():
    reads: list[list[Any]] = []

    def fetch(keys: Any) -> dict[Any, str]:
        reads.append(sorted(keys))
        return {key: f"number of {key}" for key in keys}

    numbers = Lookup("numbers", fetch)
    recorded: list[Told] = []
    accounts = accounts_in_one_lane(5)
    asked = declare_call(
        lambda command, key, prepared: Told(prepared),
        lambda command, outcome: recorded.append(outcome),
        needs=lambda command: [(numbers, command.account_id)],
        prepare=lambda command: current_unit().value(numbers, command.account_id),
    )
    ring(asked, *accounts)
    drain(lane_of(accounts[0]))

    assert reads == [sorted(accounts)]
    assert {told.text for told in recorded} == {f"number of {account}" for account in accounts}


def test_call_that_cannot_be_prepared_fails_alone():
    accounts = accounts_in_one_lane(5)

    def prepare(command: Any) -> None:
        if command.account_id == accounts[2]:
            raise LookupError("no such address")

    ring(declare_call(lambda command, key, prepared: Told(""), prepare=prepare), *accounts)
    drain(lane_of(accounts[0]))

    failed = delivery("tests.ring", accounts[2])
    assert (failed.state, failed.attempts, error_of(failed)["message"]) == (PENDING, 1, "no such address")
    assert Delivery.objects.filter(handler="tests.ring", state=DONE).count() == 4


def test_call_whose_needs_cannot_be_read_fails_alone():
    accounts = accounts_in_one_lane(5)

    def needs(command: Any) -> list[Any]:
        if command.account_id == accounts[2]:
            raise LookupError("no such address")
        return []

    ring(declare_call(lambda command, key, prepared: Told(""), needs=needs), *accounts)
    drain(lane_of(accounts[0]))

    failed = delivery("tests.ring", accounts[2])
    assert (failed.state, failed.attempts, error_of(failed)["message"]) == (PENDING, 1, "no such address")
    assert Delivery.objects.filter(handler="tests.ring", state=DONE).count() == 4


@pytest.mark.parametrize("outcome", [object(), {"not": "told"}])
def test_outcome_that_is_none_of_the_declared_kind_is_a_failure_of_this_call_only(outcome):
    accounts = accounts_in_one_lane(3)

    def answer(command: Any, key: str, prepared: None) -> Any:
        return outcome if command.account_id == accounts[1] else Told("")

    def record(command: Any, told: Told) -> None:
        assert told.text == ""

    ring(declare_call(answer, record), *accounts)
    drain(lane_of(accounts[0]))

    assert Delivery.objects.filter(handler="tests.ring", state=DONE).count() == 2
    failed = delivery("tests.ring", accounts[1])
    assert (failed.state, failed.attempts) == (PENDING, 1)
    assert failed.last_error is not None
