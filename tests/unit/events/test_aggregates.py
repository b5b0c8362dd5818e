"""An aggregate is what its events say."""

from uuid import UUID, uuid4

import pytest

from events import Money
from events.errors import DeclarationError
from tests.toys.accounts.domain import Account, AccountIsBlocked
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.events import LetterPosted

ACCOUNT = UUID(int=1)


def pounds(amount: int) -> Money:
    return Money(amount * 100, "GBP")


def test_recorded_fact_is_applied_at_once():
    account = Account(ACCOUNT)

    account.deposit(pounds(5), "")
    account.deposit(pounds(7), "")

    assert account.balance == pounds(12)
    assert account.version == 2
    assert [type(fact) for fact in account.recorded] == [MoneyDeposited, MoneyDeposited]


def test_refused_decision_records_nothing():
    account = Account(ACCOUNT)
    account.block()

    with pytest.raises(AccountIsBlocked):
        account.deposit(pounds(5), "")

    assert account.version == 1
    assert account.balance == pounds(0)


def test_replayed_aggregate_equals_the_one_that_decided():
    decided = Account(ACCOUNT)
    decided.deposit(pounds(5), "")
    decided.block()

    replayed = Account.of_stream(decided.stream)
    for fact in decided.recorded:
        replayed.apply(fact)

    assert (replayed.id, replayed.balance, replayed.is_blocked, replayed.version) == (
        *(ACCOUNT, pounds(5), True, 2),
    )
    assert replayed.recorded == []


def test_aggregate_exists_once_something_happened_to_it():
    account = Account(uuid4())
    assert not account.exists

    account.block()

    assert account.exists


def test_fact_that_nothing_applies_is_named():
    account = Account(ACCOUNT)

    with pytest.raises(DeclarationError, match=r"Account has no @applies\(LetterPosted\)"):
        account.record(LetterPosted(letter_id=ACCOUNT, account_id=ACCOUNT, stamp=""))

    assert account.version == 0


def test_derived_aggregate_applies_what_its_base_applies():
    class SavingsAccount(Account):
        pass

    account = SavingsAccount(ACCOUNT)
    account.apply(AccountBlocked(account_id=ACCOUNT))

    assert account.is_blocked
