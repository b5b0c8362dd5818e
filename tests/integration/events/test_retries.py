"""A delivery that fails is retried by its policy and dead in the end, never lost: it can be replayed."""

from datetime import timedelta

import pytest

from events import Backoff, Command, Reject, TryLater, command, handles, send, subscribe
from events.execution import execute, unit_of_work
from events.models import Delivery
from events.replay import replay
from tests.integration.events.steps import (
    DEAD,
    DONE,
    LATER,
    NEVER,
    PENDING,
    READER,
    accounts_in_one_lane,
    all_done,
    delivery,
    deposit,
    drain_all,
    drain_until,
    error_of,
    let_time_pass,
    messages,
    now,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked
from tests.toys.mailbox.commands import Remind

pytestmark = pytest.mark.django_db


def test_failing_handler_is_retried_until_it_is_dead(declarations):
    year = timedelta(days=365)

    @subscribe(AccountBlocked, name="tests.fails", backoff=Backoff(attempts=3, base=year, cap=2 * year))
    def fails(told: AccountBlocked) -> None:
        raise ValueError("I cannot do this")

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    for failed in (1, 2):
        drain_all()
        row = delivery("tests.fails")
        assert (row.state, row.attempts, row.token) == (PENDING, failed, None)
        assert timedelta(0) < row.due_at - now() <= failed * year
        let_time_pass()
    drain_all()

    row = delivery("tests.fails")
    assert (row.state, row.attempts) == (DEAD, 3)
    assert error_of(row)["type"] == "builtins.ValueError"
    assert error_of(row)["message"] == "I cannot do this"
    assert any(line.endswith(" fails") for line in error_of(row)["traceback"])


def test_retry_is_not_handled_before_it_is_due(declarations):
    @subscribe(AccountBlocked, name="tests.slow", backoff=LATER)
    def slow(told: AccountBlocked) -> None:
        handled.append(told)
        raise ValueError("not yet")

    handled: list[AccountBlocked] = []
    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()
    drain_all()

    assert len(handled) == 1
    assert delivery("tests.slow").state == PENDING


def test_failing_handler_stores_nothing_of_what_it_recorded():
    deposit(trouble="reader raises")

    drain_until(lambda: delivery(READER).state == DEAD)

    assert messages(Remind) == []


def test_try_later_counts_as_no_failure():
    deposit(trouble="reader sleeps")

    for _ in range(10):
        drain_all()
        let_time_pass()

    row = delivery(READER)
    assert (row.state, row.attempts) == (PENDING, 0)
    assert row.last_error == {"type": "TryLater", "message": "asleep"}


def test_rejected_message_is_dead_at_once():
    deposit(trouble="reader refuses")

    drain_all()

    row = delivery(READER)
    assert (row.state, row.attempts) == (DEAD, 1)
    assert error_of(row)["message"] == "not for me"


def test_dead_letter_is_left_alone():
    deposit(trouble="reader refuses")
    drain_all()

    let_time_pass()
    drain_all()

    row = delivery(READER)
    assert (row.state, row.attempts) == (DEAD, 1)


def test_replayed_dead_letter_has_all_its_attempts_and_succeeds_once_its_handler_is_mended(declarations):
    is_mended, told = [False], []

    @subscribe(AccountBlocked, name="tests.mended", backoff=Backoff(attempts=2, base=timedelta(0)))
    def mended(event: AccountBlocked) -> None:
        told.append(event)
        if not is_mended[0]:
            raise ValueError("broken")

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_until(lambda: delivery("tests.mended").state == DEAD)
    dead = delivery("tests.mended")

    assert replay([dead.id]) == {"asked": 1, "revived": 1}
    drain_until(lambda: delivery("tests.mended").state == DEAD)
    assert delivery("tests.mended").attempts == 2

    is_mended[0] = True
    replay([dead.id])
    drain_until(lambda: delivery("tests.mended").state == DONE)
    assert len(told) == 5


def test_replay_leaves_alone_what_is_no_dead_letter():
    deposit()
    drain_until(all_done)
    ids = list(Delivery.objects.values_list("id", flat=True))

    assert replay([*ids, 10**12]) == {"asked": len(ids) + 1, "revived": 0}
    assert all_done()


def test_replay_tells_its_progress(monkeypatch):
    monkeypatch.setattr("events.replay._AT_ONCE", 2)
    told: list[tuple[int, int]] = []

    replay([1, 2, 3, 4, 5], lambda done, total: told.append((done, total)))

    assert told == [(2, 5), (4, 5), (5, 5)]


def test_handler_raises_words_that_postgresql_cannot_keep(declarations):
    @subscribe(AccountBlocked, name="tests.mumbles", backoff=NEVER)
    def mumbles(told: AccountBlocked) -> None:
        raise ValueError("nul \x00 and half a pair \ud800")

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    drain_all()

    row = delivery("tests.mumbles")
    assert row.state == DEAD
    assert error_of(row)["type"] == "builtins.ValueError"


@pytest.mark.parametrize("word", [TryLater(timedelta(seconds=1)), Reject("no"), ValueError("no")])
def test_failure_of_a_command_is_treated_like_that_of_a_subscriber(word, declarations):
    @command("tests.fail")
    class Fail(Command):
        account_id: str

    @handles(Fail, backoff=NEVER)
    def fail(asked: Fail) -> None:
        raise word

    with unit_of_work():
        send(Fail(account_id="x"))
    drain_all()

    assert delivery("tests.fail").state == (PENDING if isinstance(word, TryLater) else DEAD)
