"""A handler that kills its process reaches the dead letters; its neighbours do not, and are not counted."""

import os
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from events import Backoff, subscribe
from events.deliveries import CRASHES_ALLOWED
from events.drain import drain
from events.execution import execute
from events.models import Delivery
from events.replay import replay
from tests.integration.events.steps import (
    DEAD,
    DONE,
    PENDING,
    accounts_in_one_lane,
    all_done,
    delivery,
    deposit,
    drain_until,
    error_of,
    in_another_process,
    lane_of,
    let_time_pass,
    messages,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Visit

pytestmark = pytest.mark.django_db

READER = "mailbox.read_letter"


def drain_until_nobody_dies(lane: int, most: int = 20) -> int:
    """Processes drain the lane one after the other, until one ends in order; how many died before."""
    for deaths in range(most):
        if in_another_process(lambda: drain(lane)) == 0:
            return deaths
    raise AssertionError(f"the {most}th process died as well")


def test_handler_that_kills_its_process_becomes_a_dead_letter():
    account = deposit(trouble="reader dies")

    deaths = drain_until_nobody_dies(lane_of(account))

    row = delivery(READER)
    assert deaths == 1 + CRASHES_ALLOWED, "once in a batch, which proves nothing, then alone"
    assert row.state == DEAD
    assert "kills its process" in error_of(row)["message"]
    assert f"{CRASHES_ALLOWED} attempts" in error_of(row)["message"]


def test_neighbours_of_a_handler_that_kills_are_handled_once_each():
    accounts = accounts_in_one_lane(12)
    for account in accounts:
        deposit(account, trouble="reader dies" if account == accounts[5] else "")
    lane = lane_of(accounts[0])

    drain_until_nobody_dies(lane)
    drain_until(lambda: not Delivery.objects.filter(state=PENDING).exists())

    assert [row.message.key for row in Delivery.objects.filter(state=DEAD)] == [str(accounts[5])]
    assert len(messages(LetterPosted)) == 12
    assert Visit.objects.count() == Visit.objects.values("message").distinct().count() == 12


def test_two_that_kill_do_not_hide_each_other():
    accounts = accounts_in_one_lane(6)
    for number, account in enumerate(accounts):
        deposit(account, trouble="reader dies" if number in {1, 4} else "")

    drain_until_nobody_dies(lane_of(accounts[0]))
    drain_until(lambda: not Delivery.objects.filter(state=PENDING).exists())

    assert Delivery.objects.filter(state=DEAD).count() == 2
    assert len(messages(LetterPosted)) == 6


def test_suspect_is_handled_alone(declarations):
    """After a crash each delivery of the lost batch is claimed by itself."""
    batches: list[int] = []

    @subscribe(AccountBlocked, name="tests.dies_in_company")
    def dies_in_company(told: AccountBlocked) -> None:
        if os.getpid() != test:
            os._exit(9)
        batches.append(
            Delivery.objects.filter(state=PENDING, handler="tests.dies_in_company", crashes=1).count()
        )

    test = os.getpid()
    accounts = accounts_in_one_lane(5)
    for account in accounts:
        execute(BlockAccount(account_id=account))
    lane = lane_of(accounts[0])
    assert in_another_process(lambda: drain(lane)) == 9
    assert set(
        Delivery.objects.filter(handler="tests.dies_in_company").values_list("attempts", "crashes")
    ) == {(1, 0)}

    drain(lane)

    assert batches == [1, 1, 1, 1, 1]


def test_crash_of_a_batch_is_no_attempt_of_its_innocent_members(declarations):
    """Killed by a neighbour, then failing once: that is one failure of two that its policy allows."""

    @subscribe(AccountBlocked, name="tests.killer")
    def killer(told: AccountBlocked) -> None:
        if os.getpid() != test:
            os._exit(9)

    @subscribe(AccountBlocked, name="tests.unlucky", backoff=Backoff(attempts=2, base=timedelta(days=9)))
    def unlucky(told: AccountBlocked) -> None:
        raise ValueError("for the first time")

    test = os.getpid()
    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    assert in_another_process(lambda: drain(lane_of(account))) == 9

    drain(lane_of(account))

    row = delivery("tests.unlucky")
    assert error_of(row)["message"] == "for the first time"
    assert row.state == PENDING


def test_crash_alone_is_forgiven_once_an_attempt_has_ended(declarations):
    """It is the row of crashes that kills, not their sum over a long life of retries."""
    lives: list[Callable[[], None]] = []

    @subscribe(AccountBlocked, name="tests.shaky", backoff=Backoff(attempts=50, base=timedelta(0)))
    def shaky(told: AccountBlocked) -> None:
        lives[-1]()

    (account,) = accounts_in_one_lane(1)
    lane = lane_of(account)
    execute(BlockAccount(account_id=account))
    lives.append(lambda: os._exit(9))
    for _ in range(CRASHES_ALLOWED):
        assert in_another_process(lambda: drain(lane)) == 9
    assert delivery("tests.shaky").crashes == CRASHES_ALLOWED - 1

    lives.append(refuse_once)
    drain(lane)
    assert delivery("tests.shaky").crashes == 0


def refuse_once() -> None:
    raise ValueError("an attempt that ended")


def test_replayed_dead_letter_of_a_killer_may_kill_again_before_it_is_dead_again():
    account = deposit(trouble="reader dies")
    lane = lane_of(account)
    drain_until_nobody_dies(lane)

    replay([delivery(READER).id])

    assert drain_until_nobody_dies(lane) == 1 + CRASHES_ALLOWED
    assert delivery(READER).state == DEAD


def test_call_that_kills_its_process_does_not_take_a_slow_neighbour_along():
    """Both are out at the same time, again and again; only one of them is to blame."""
    killer, neighbour = accounts_in_one_lane(2)
    deposit(killer, trouble="kills the post office")
    deposit(neighbour, trouble="slow post")
    lane = lane_of(killer)

    for _ in range(12):
        in_another_process(lambda: drain_and_wait_for_calls(lane))
        let_time_pass(lane)
        if delivery("mailbox.post_letter", killer).state == DEAD:
            break
    drain_until(lambda: letter(neighbour).state != PENDING, within=5.0)

    assert letter(killer).state == DEAD
    assert letter(neighbour).state == DONE


def letter(account: UUID) -> Delivery:
    return delivery("mailbox.post_letter", account)


def drain_and_wait_for_calls(lane: int) -> None:
    from events import calling

    drain(lane)
    calling._threads().shutdown()


def test_process_that_dies_before_its_flush_has_done_nothing_and_its_work_is_done_later(declarations):
    @subscribe(AccountBlocked, name="tests.own_sql_dies", own_sql=True)
    def own_sql_dies(told: AccountBlocked) -> None:
        Visit.objects.create(message="own")
        if os.getpid() != test:
            os._exit(9)

    test = os.getpid()
    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    assert in_another_process(lambda: drain(lane_of(account))) == 9
    assert not Visit.objects.exists()

    drain_until(lambda: delivery("tests.own_sql_dies").state == DONE)

    assert Visit.objects.count() == 1
    assert not all_done(), "tomorrow's reminder"
