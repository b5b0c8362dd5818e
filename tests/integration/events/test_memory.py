"""What a drainer remembers is never older than what its message tells of, whoever else writes meanwhile."""

from uuid import uuid4

import pytest

from events import Money, store, subscribe
from events.drain import drain
from events.execution import execute, unit_of_work
from tests.integration.events.steps import (
    DONE,
    accounts_in_one_lane,
    delivery,
    deposit,
    in_another_process,
    lane_of,
    messages,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.domain import Account
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.domain import Letter as Written

pytestmark = pytest.mark.django_db


def test_lost_race_in_a_drain_is_decided_anew_and_counts_as_no_attempt(declarations):
    """A rival commits between the read and the flush: first of the whole batch, then of the handler alone, twice."""
    rivals: list[int] = []

    @subscribe(AccountBlocked, name="tests.pays_in")
    def pays_in(told: AccountBlocked) -> None:
        with store.change(Account, other) as account:
            if len(rivals) < 3:
                rivals.append(rival())
            account.deposit(Money(1, "GBP"), "")

    def rival() -> int:
        return in_another_process(lambda: deposit(other, amount=10))

    other, blocked = accounts_in_one_lane(2)
    execute(BlockAccount(account_id=blocked))
    drain(lane_of(blocked))

    assert rivals == [0, 0, 0]
    assert [told.payload["balance"]["amount_minor"] for told in messages(MoneyDeposited, other)] == [
        10,
        20,
        30,
        31,
    ]
    row = delivery("tests.pays_in")
    assert (row.state, row.attempts) == (DONE, 1)


def test_decision_rests_on_all_that_its_message_tells_of(declarations):
    """A drainer remembers an account; a web process blocks it, and the message that says so comes to the same drainer."""
    seen: list[bool] = []

    @subscribe(MoneyDeposited, name="tests.looks_at_the_deposit")
    def looks_at_the_deposit(told: MoneyDeposited) -> None:
        store.load(Account, told.account_id)
        if not blocked:
            blocked.append(in_another_process(lambda: execute(BlockAccount(account_id=told.account_id))))

    @subscribe(AccountBlocked, name="tests.looks_at_the_block")
    def looks_at_the_block(told: AccountBlocked) -> None:
        seen.append(store.load(Account, told.account_id).is_blocked)

    blocked: list[int] = []
    account = deposit()
    drain(lane_of(account))

    assert blocked == [0]
    assert seen == [True]


def test_decision_rests_on_all_that_was_committed_before_its_message(declarations):
    """A drainer remembers a letter; a web process posts it, which nobody hears of, and then blocks the account."""
    letter = uuid4()
    posted: list[int] = []
    seen: list[bool] = []

    def post_then_block() -> None:
        with unit_of_work(), store.change(Written, letter) as written:
            written.post(account, "by hand")
        execute(BlockAccount(account_id=account))

    @subscribe(MoneyDeposited, name="tests.looks_before")
    def looks_before(told: MoneyDeposited) -> None:
        store.load(Written, letter)
        posted.append(in_another_process(post_then_block))

    @subscribe(AccountBlocked, name="tests.looks_after")
    def looks_after(told: AccountBlocked) -> None:
        seen.append(store.load(Written, letter).is_posted)

    account = deposit()
    drain(lane_of(account))
    drain(lane_of(account))

    assert posted == [0]
    assert seen == [True]


def test_decision_rests_on_an_aggregate_that_two_keys_share_as_it_was_when_its_message_was_committed(
    declarations,
):
    """A drainer remembers a letter from one account; posted by a web process, it is asked for by another account."""
    letter = uuid4()
    posted: list[int] = []
    seen: list[bool] = []

    def post_then_block() -> None:
        with unit_of_work(), store.change(Written, letter) as written:
            written.post(first, "by hand")
        execute(BlockAccount(account_id=second))

    @subscribe(MoneyDeposited, name="tests.looks_before")
    def looks_before(told: MoneyDeposited) -> None:
        store.load(Written, letter)
        posted.append(in_another_process(post_then_block))

    @subscribe(AccountBlocked, name="tests.looks_after")
    def looks_after(told: AccountBlocked) -> None:
        seen.append(store.load(Written, letter).is_posted)

    first, second = accounts_in_one_lane(2)
    deposit(first)
    drain(lane_of(first))
    drain(lane_of(first))

    assert posted == [0]
    assert seen == [True]
