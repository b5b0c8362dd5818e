"""A command is carried out at once: all of it or nothing, in the caller's transaction or in one of its own."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from events import Command, Money, command, handles, send, store, subscribe
from events.errors import ConcurrencyConflict, NoHandler, NotInUnitOfWork
from events.execution import actor, execute, unit_of_work
from events.log import Log
from events.models import Delivery, Message
from tests.integration.events.steps import (
    all_done,
    deposit,
    drain_all,
    drain_until,
    messages,
)
from tests.toys.accounts.commands import BlockAccount, DepositMoney
from tests.toys.accounts.domain import Account, AccountIsBlocked
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import PostLetter
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Visit

pytestmark = pytest.mark.django_db


def penny(account: UUID, trouble: str = "") -> DepositMoney:
    return DepositMoney(account_id=account, amount=Money(1, "GBP"), trouble=trouble)


def test_command_its_event_and_the_deliveries_are_stored_together():
    account = uuid4()

    (id,) = execute(penny(account))

    asked, told = Message.objects.order_by("position")
    assert (asked.id, asked.name, asked.stream, asked.stream_version) == (
        *(id, "accounts.deposit_money", Account.stream_of(account), None),
    )
    assert (told.name, told.stream, told.stream_version) == (
        *("accounts.money_deposited", Account.stream_of(account), 1),
    )
    assert told.causation_id == id
    assert {(row.message_id, row.handler) for row in Delivery.objects.all()} == {
        (told.id, "mailbox.write_letter"),
        (told.id, "mailbox.read_letter"),
        (told.id, "mailbox.count_visits"),
    }


def test_refusal_leaves_no_trace():
    account = deposit()
    execute(BlockAccount(account_id=account))
    before = Message.objects.count(), Delivery.objects.count()

    with pytest.raises(AccountIsBlocked):
        execute(penny(account))

    assert (Message.objects.count(), Delivery.objects.count()) == before


def test_commands_that_are_executed_together_stand_or_fall_together():
    open_account, blocked = uuid4(), uuid4()
    execute(BlockAccount(account_id=blocked))
    before = Message.objects.count()

    with pytest.raises(AccountIsBlocked):
        execute(penny(open_account), penny(blocked))
    assert Message.objects.count() == before

    execute(penny(open_account), penny(open_account), BlockAccount(account_id=open_account))
    assert [told.stream_version for told in messages(MoneyDeposited, open_account)] == [1, 2]
    assert messages(AccountBlocked, open_account)[0].stream_version == 3


def test_refusal_that_a_handler_survives_leaves_no_trace_of_the_refused_command(declarations):
    blocked, account = uuid4(), uuid4()
    execute(BlockAccount(account_id=blocked))

    @command("tests.try_to_deposit")
    class TryToDeposit(Command):
        account_id: UUID

    @handles(TryToDeposit)
    def try_to_deposit(tried: TryToDeposit) -> None:
        try:
            execute(penny(blocked))
        except AccountIsBlocked:
            execute(penny(tried.account_id))

    execute(TryToDeposit(account_id=account))

    assert messages(DepositMoney, blocked) == []
    assert len(messages(DepositMoney, account)) == 1


def test_deposits_that_race_are_all_counted():
    """Two threads, fifty deposits each, one account: a lost race is decided anew on what the other one stored."""
    account, start = uuid4(), Barrier(2)

    def fifty_deposits() -> None:
        try:
            start.wait()
            for _ in range(50):
                deposit_against_all_odds(account)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        for finished in [threads.submit(fifty_deposits) for _ in range(2)]:
            finished.result()

    told = messages(MoneyDeposited, account)
    assert [message.stream_version for message in told] == list(range(1, 101))
    assert [message.payload["balance"]["amount_minor"] for message in told] == list(range(1, 101))


def deposit_against_all_odds(account: UUID) -> None:
    """As a client would: a race that is lost again and again is refused, not swallowed."""
    while True:
        try:
            execute(penny(account))
        except ConcurrencyConflict:
            continue
        return


def test_race_that_is_lost_once_is_not_seen_by_the_caller(monkeypatch):
    account = uuid4()
    races = lose_races(monkeypatch, account, times=3)

    execute(penny(account))

    assert races == [1, 2, 3]
    assert [told.payload["balance"]["amount_minor"] for told in messages(MoneyDeposited, account)] == [
        1,
        2,
        3,
        4,
    ]


def test_race_that_is_lost_again_and_again_is_told_to_the_caller(monkeypatch):
    account = uuid4()
    lose_races(monkeypatch, account, times=100)

    with pytest.raises(ConcurrencyConflict, match="decide anew"):
        execute(penny(account))


def lose_races(monkeypatch: pytest.MonkeyPatch, account: UUID, *, times: int) -> list[int]:
    """After each of the first reads of the account somebody else deposits, and commits, before the reader does."""
    lost: list[int] = []
    read = Log.streams

    def read_then_lose(self: Log, names: object) -> object:
        found = read(self, names)  # type: ignore[arg-type]
        if len(lost) < times and not rivals:
            lost.append(len(lost) + 1)
            rivals.append(True)
            with ThreadPoolExecutor(1) as thread:
                thread.submit(rival).result()
            rivals.clear()
        return found

    def rival() -> None:
        try:
            execute(penny(account))
        finally:
            connection.close()

    rivals: list[bool] = []
    monkeypatch.setattr(Log, "streams", read_then_lose)
    return lost


def test_command_is_rolled_back_with_the_transaction_of_its_caller():
    account = uuid4()

    with suppress(ValueError), transaction.atomic():
        execute(penny(account))
        raise ValueError("the caller's")

    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


def test_refused_flush_does_not_spoil_the_transaction_of_its_caller(monkeypatch):
    account = uuid4()
    lose_races(monkeypatch, account, times=100)

    with transaction.atomic():
        Visit.objects.create(message="before")
        with pytest.raises(ConcurrencyConflict):
            execute(penny(account))
        Visit.objects.create(message="after")

    assert Visit.objects.count() == 2


def test_refusal_does_not_spoil_the_transaction_of_its_caller():
    account = uuid4()
    execute(BlockAccount(account_id=account))

    with transaction.atomic():
        with pytest.raises(AccountIsBlocked):
            execute(penny(account))
        Visit.objects.create(message="after")

    assert Visit.objects.count() == 1


def test_lost_race_inside_the_transaction_of_the_caller_is_decided_anew(monkeypatch):
    account = uuid4()
    lose_races(monkeypatch, account, times=2)

    with transaction.atomic():
        execute(penny(account))

    assert [told.stream_version for told in messages(MoneyDeposited, account)] == [1, 2, 3]


def test_command_that_reaches_outside_can_only_be_sent():
    with pytest.raises(NoHandler, match="reaches outside"):
        execute(PostLetter(letter_id=uuid4(), account_id=uuid4(), trouble=""))

    assert not Message.objects.exists()


def test_causes_and_workflow_are_drawn_from_the_first_command_to_the_last_event():
    account = uuid4()
    (asked,) = execute(penny(account))

    drain_until(all_done)

    log = {message.name: message for message in Message.objects.all()}
    assert {message.correlation_id for message in log.values()} == {account}
    assert log["accounts.deposit_money"].causation_id is None
    assert log["accounts.money_deposited"].causation_id == asked
    assert log["mailbox.post_letter"].causation_id == log["accounts.money_deposited"].id
    assert log["mailbox.letter_posted"].causation_id == log["mailbox.post_letter"].id


def test_who_asked_is_known_to_the_end_of_the_workflow():
    asked_by = actor.set("ann")
    try:
        deposit()
    finally:
        actor.reset(asked_by)

    drain_until(all_done)

    assert len(messages(LetterPosted)) == 1
    assert set(Message.objects.values_list("actor", flat=True)) == {"ann"}


def test_unit_of_work_stores_at_its_end_what_was_done_inside():
    account = uuid4()

    with unit_of_work():
        execute(penny(account))
        send(BlockAccount(account_id=account))
        assert not Message.objects.exists()

    assert Message.objects.count() == 3
    drain_all()
    assert len(messages(AccountBlocked, account)) == 1


def test_unit_of_work_that_raises_stores_nothing():
    with suppress(ValueError), unit_of_work():
        send(BlockAccount(account_id=uuid4()))
        raise ValueError("no")

    assert not Message.objects.exists()


def test_no_unit_of_work_is_left_open_after_a_command():
    deposit()

    with pytest.raises(NotInUnitOfWork):
        send(BlockAccount(account_id=uuid4()))


def test_nested_command_belongs_to_the_handler_that_executed_it(declarations):
    @subscribe(AccountBlocked, name="tests.farewell")
    def farewell(told: AccountBlocked) -> None:
        execute(penny(other))
        with store.change(Account, other) as account:
            account.block()

    other, blocked = uuid4(), uuid4()
    execute(BlockAccount(account_id=blocked))

    drain_all()

    (told,) = messages(AccountBlocked, blocked)
    (asked,) = messages(DepositMoney, other)
    assert asked.causation_id == told.id
    assert asked.correlation_id == told.correlation_id == blocked
    assert messages(MoneyDeposited, other)[0].causation_id == asked.id
    assert messages(AccountBlocked, other)[0].causation_id == told.id
