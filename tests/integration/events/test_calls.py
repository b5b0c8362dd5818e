"""The outside is reached without a transaction, without holding anything up, and always with the same key."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import connection

from events import Backoff, Command, calls, command, records, send
from events.drain import drain
from events.execution import unit_of_work
from events.lookups import Lookup
from events.models import Delivery
from events.unit import current_unit
from tests.integration.events.steps import (
    DEAD,
    DONE,
    PENDING,
    accounts_in_one_lane,
    all_done,
    delivery,
    deposit,
    drain_all,
    drain_until,
    error_of,
    in_another_process,
    lane_of,
    let_time_pass,
    messages,
)
from tests.support.stack import eventually
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Stamped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]

POST = "mailbox.post_letter"
LATER = Backoff(attempts=3, base=timedelta(days=9), cap=timedelta(days=9))


class Told(msgspec.Struct, frozen=True):
    text: str


def declare_call(
    function: Callable[[Any, str, Any], Any],
    record: Callable[[Any, Any], None] = lambda command, outcome: None,
    *,
    outcome: Any = Told,
    timeout: timedelta = timedelta(seconds=2),
    at_once: int = 16,
    backoff: Backoff = LATER,
    **reads: Any,
) -> type[Command]:
    @command("tests.ring")
    class Ring(Command):
        account_id: UUID

    calls(Ring, outcome=outcome, timeout=timeout, at_once=at_once, **reads)(function)
    records(Ring, backoff=backoff)(record)
    return Ring


def ring(command: type[Command], *accounts: UUID) -> None:
    with unit_of_work():
        for account in accounts:
            send(command(account_id=account))


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
