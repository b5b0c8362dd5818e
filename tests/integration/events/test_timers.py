"""What is due later is handled then: a message asked for again, a delayed command, a timer that was moved."""

from datetime import timedelta

import pytest

from events import send, subscribe
from events.execution import execute, unit_of_work
from events.unit import again, current_unit
from tests.integration.events.steps import (
    DEAD,
    DONE,
    NEVER,
    PENDING,
    accounts_in_one_lane,
    delivery,
    deposit,
    drain_all,
    let_time_pass,
    make_due,
    messages,
    now,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import Remind

pytestmark = pytest.mark.django_db


def test_handler_that_asks_for_the_same_message_again_keeps_what_it_recorded(declarations):
    ticks: list[int] = []

    @subscribe(AccountBlocked, name="tests.clock")
    def clock(told: AccountBlocked) -> None:
        ticks.append(1)
        send(Remind(account_id=told.account_id), delay=timedelta(days=5))
        if len(ticks) < 3:
            again(timedelta(hours=1))

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    for _ in range(4):
        drain_all()
        make_due("tests.clock")

    row = delivery("tests.clock")
    assert (row.state, row.attempts, row.last_error) == (DONE, 1, None)
    assert len(ticks) == 3
    assert len(messages(Remind)) == 4, "three of the clock, one of the toys' own"


def test_handler_that_asks_again_is_not_run_before_its_time(declarations):
    ticks: list[int] = []

    @subscribe(AccountBlocked, name="tests.clock")
    def clock(told: AccountBlocked) -> None:
        ticks.append(1)
        again(timedelta(hours=1))

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    drain_all()
    drain_all()

    row = delivery("tests.clock")
    assert len(ticks) == 1
    assert timedelta(minutes=59) < row.due_at - now() <= timedelta(hours=1)


def test_command_sent_with_a_delay_is_obeyed_when_it_is_due(declarations):
    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    row = delivery("mailbox.remind")
    assert (row.state, row.attempts) == (PENDING, 0)
    assert timedelta(hours=23) < row.due_at - now() <= timedelta(days=1)

    drain_all()
    assert delivery("mailbox.remind").state == PENDING

    let_time_pass()
    drain_all()
    assert delivery("mailbox.remind").state == DONE


def test_timer_is_moved_and_finished():
    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    timer = delivery("mailbox.remind")
    sooner = now() + timedelta(minutes=5)

    with unit_of_work() as unit:
        unit.move(timer.message_id, "mailbox.remind", sooner)
    assert delivery("mailbox.remind").due_at == sooner
    assert delivery("mailbox.remind").state == PENDING

    with unit_of_work() as unit:
        unit.move(timer.message_id, "mailbox.remind", None)
    let_time_pass()
    drain_all()
    row = delivery("mailbox.remind")
    assert (row.state, row.attempts) == (DONE, 0)


def test_timer_that_is_done_is_not_set_anew():
    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    let_time_pass()
    drain_all()

    with unit_of_work() as unit:
        unit.move(delivery("mailbox.remind").message_id, "mailbox.remind", now() + timedelta(days=1))

    assert delivery("mailbox.remind").state == DONE


def test_moves_of_a_turn_that_raised_are_not_made(declarations):
    @subscribe(MoneyDeposited, name="tests.moves", backoff=NEVER)
    def moves(told: MoneyDeposited) -> None:
        current_unit().move(timer.message_id, "mailbox.remind", None)
        raise ValueError("after the move")

    account = accounts_in_one_lane(1)[0]
    execute(BlockAccount(account_id=account))
    drain_all()
    timer = delivery("mailbox.remind")
    deposit()
    drain_all()

    assert delivery("tests.moves").state == DEAD
    assert delivery("mailbox.remind").state == PENDING


def test_handler_moves_its_own_timer_of_the_same_batch_by_asking_again(declarations):
    """A move of a delivery that this very batch settles is left to the settling: no row is updated twice."""

    @subscribe(AccountBlocked, name="tests.clock")
    def clock(told: AccountBlocked) -> None:
        cause = current_unit().cause
        assert cause is not None
        current_unit().move(cause.id, "tests.clock", None)
        again(timedelta(hours=1))

    execute(BlockAccount(account_id=accounts_in_one_lane(1)[0]))
    drain_all()

    row = delivery("tests.clock")
    assert row.state == PENDING
    assert row.due_at > now()
