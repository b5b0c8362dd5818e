"""Deliveries of a lane are handled together at the cost of one, and fail one by one, with all they wrote."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events import send, store, subscribe
from events.drain import drain
from events.execution import execute, unit_of_work
from events.models import Delivery
from events.unit import current_unit
from tests.integration.events.steps import (
    DEAD,
    DONE,
    LATER,
    NEVER,
    READER,
    accounts_in_one_lane,
    delivery,
    deposit,
    drain_all,
    drain_until,
    error_of,
    lane_of,
    make_due,
    messages,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.domain import Account
from tests.toys.accounts.events import AccountBlocked
from tests.toys.mailbox.commands import Remind
from tests.toys.mailbox.domain import Letter as Written
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Letter, Visit

pytestmark = pytest.mark.django_db


def test_one_that_raises_in_a_batch_of_many_leaves_its_neighbours_untouched():
    accounts = accounts_in_one_lane(50)
    for account in accounts:
        deposit(account, trouble="reader raises" if account == accounts[25] else "")

    drain(lane_of(accounts[0]))

    states = dict(Delivery.objects.filter(handler=READER).values_list("message__key", "state"))
    assert states.pop(str(accounts[25])) != DONE
    assert set(states.values()) == {DONE}
    assert set(Delivery.objects.filter(handler=READER, state=DONE).values_list("attempts", flat=True)) == {1}
    assert messages(Remind) == []


def test_aggregate_whose_change_was_lost_has_no_row(declarations):
    @subscribe(AccountBlocked, name="tests.loses", backoff=NEVER)
    def loses(told: AccountBlocked) -> None:
        cause = current_unit().cause
        assert cause is not None
        with store.change(Written, cause.id) as letter:
            letter.post(told.account_id, "a stamp")
        raise ValueError("lost")

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()

    row = delivery("tests.loses")
    assert (row.state, error_of(row)["message"]) == (DEAD, "lost")
    assert not Letter.objects.exists()
    assert messages(LetterPosted) == []


def test_batch_that_is_refused_falls_back_to_one_by_one(declarations):
    """One handler of the batch tells a version of a stream that exists: the flush is refused, for it alone in the end."""

    @subscribe(AccountBlocked, name="tests.rewrites_history", backoff=NEVER)
    def rewrites_history(told: AccountBlocked) -> None:
        send(Remind(account_id=told.account_id))
        if told.account_id == culprit:
            current_unit().append(told, stream=Account.stream_of(culprit), stream_version=1)

    accounts = accounts_in_one_lane(20)
    culprit = accounts[7]
    for account in accounts:
        execute(BlockAccount(account_id=account))

    drain(lane_of(culprit))

    states = dict(
        Delivery.objects.filter(handler="tests.rewrites_history").values_list("message__key", "state")
    )
    assert states.pop(str(culprit)) == DEAD
    assert set(states.values()) == {DONE}
    assert "decide anew" in error_of(delivery("tests.rewrites_history", culprit))["message"]
    reminded = [message.key for message in messages(Remind)]
    # Twice each, by this handler and by the toys' own tomorrow; the culprit's only by the toys' own.
    assert sorted(reminded) == sorted([*map(str, accounts), *(str(a) for a in accounts if a != culprit)])


def test_handler_with_sql_of_its_own_is_atomic_with_what_it_records(declarations):
    fails = [True]

    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True, backoff=LATER)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message="own")
        send(Remind(account_id=told.account_id), delay=timedelta(days=2))
        if fails[0]:
            raise ValueError("halfway")

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()
    assert not Visit.objects.filter(message="own").exists()
    assert len(messages(Remind)) == 1, "the toys' own, tomorrow"
    assert error_of(delivery("tests.own_sql"))["message"] == "halfway"

    fails[0] = False
    make_due("tests.own_sql")
    drain_until(lambda: delivery("tests.own_sql").state == DONE)
    assert Visit.objects.filter(message="own").count() == 1
    assert len(messages(Remind)) == 2


def test_sql_of_a_handler_whose_flush_is_refused_is_undone(declarations):
    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True, backoff=NEVER)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message="own")
        current_unit().append(told, stream=Account.stream_of(told.account_id), stream_version=1)

    (account,) = accounts_in_one_lane(1)
    execute(BlockAccount(account_id=account))
    drain_all()

    assert delivery("tests.own_sql").state == DEAD
    assert not Visit.objects.filter(message="own").exists()


def test_handler_whose_own_sql_is_wrong_fails_alone(declarations):
    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True, backoff=NEVER)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message=None)  # type: ignore[misc]  # that is what is wrong

    accounts = accounts_in_one_lane(3)
    for account in accounts:
        execute(BlockAccount(account_id=account))
    drain_all()

    assert set(Delivery.objects.filter(handler="tests.own_sql").values_list("state", flat=True)) == {DEAD}
    assert error_of(delivery("tests.own_sql", accounts[0]))["type"].endswith("IntegrityError")
    assert set(
        Delivery.objects.filter(handler="mailbox.remind_tomorrow").values_list("state", flat=True)
    ) == {DONE}


def test_hundred_deliveries_of_a_lane_cost_one_claim_and_one_flush():
    accounts = accounts_in_one_lane(100)
    with unit_of_work():
        for account in accounts:
            execute(BlockAccount(account_id=account))

    with CaptureQueriesContext(connection) as captured:
        drain(lane_of(accounts[0]))

    statements = [query["sql"] for query in captured.captured_queries]
    assert sum("finished AS" in statement for statement in statements) == 1
    assert sum("FOR UPDATE SKIP LOCKED" in statement for statement in statements) <= 3, (
        "suspects, all, no more"
    )
    assert len(statements) < 10
    assert Delivery.objects.filter(handler="mailbox.remind_tomorrow", state=DONE).count() == 100


def test_lane_with_more_than_a_batch_is_drained_whole():
    accounts = accounts_in_one_lane(250)
    with unit_of_work():
        for account in accounts:
            execute(BlockAccount(account_id=account))

    assert drain(lane_of(accounts[0])) == 250

    assert Delivery.objects.filter(handler="mailbox.remind_tomorrow", state=DONE).count() == 250
    assert len(messages(Remind)) == 250
