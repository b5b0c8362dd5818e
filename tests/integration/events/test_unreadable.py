"""What this code cannot read waits for code that can: it is neither dead nor lost, and holds nobody up."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from events import DomainEvent, event, store, subscribe, upcasts
from events.drain import drain
from events.execution import execute
from events.log import database_now
from events.models import Delivery, Message
from tests.integration.events.steps import (
    DEAD,
    DONE,
    PENDING,
    accounts_in_one_lane,
    delivery,
    error_of,
    lane_of,
    let_time_pass,
)
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.domain import Account
from tests.toys.accounts.events import AccountBlocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("declarations")]


@pytest.fixture
def account() -> UUID:
    return uuid4()


def stored(account: UUID, handler: str, *, name: str = "accounts.account_blocked", **values: Any) -> Delivery:
    """A message and its delivery as other code, of yesterday or tomorrow, has stored them."""
    message = Message.objects.create(
        **{
            "id": uuid4(),
            "kind": 1,
            "name": name,
            "version": 1,
            "key": str(account),
            "payload": {"account_id": str(account)},
            "correlation_id": account,
            "occurred_at": database_now(),
            **values,
        }
    )
    return Delivery.objects.create(
        message=message, handler=handler, lane=lane_of(account), due_at=database_now() - timedelta(seconds=1)
    )


def is_parked(row: Delivery) -> bool:
    row.refresh_from_db()
    waits = row.due_at - database_now()
    return (row.state, row.attempts, row.token) == (PENDING, 0, None) and waits > timedelta(seconds=30)


def test_delivery_to_an_unknown_handler_is_parked(account):
    row = stored(account, "tests.of_tomorrow")

    drain(lane_of(account))

    assert is_parked(row)
    assert "tests.of_tomorrow" in error_of(row)["message"]


def test_parked_delivery_is_handled_by_the_code_that_knows_its_handler(account):
    row = stored(account, "tests.of_tomorrow")
    drain(lane_of(account))
    handled: list[Any] = []
    subscribe(AccountBlocked, name="tests.of_tomorrow")(handled.append)

    let_time_pass()
    drain(lane_of(account))

    row.refresh_from_db()
    assert row.state == DONE
    assert handled == [AccountBlocked(account_id=account)]


@pytest.mark.parametrize(
    "unreadable",
    [
        {"version": 99},
        {"name": "tests.unknown_message"},
        {"payload": {"account_id": "no id"}},
        {"payload": {}},
        {"payload": ["not", "an", "object"]},
    ],
)
def test_message_that_cannot_be_read_is_parked_for_ever_and_never_dead(account, unreadable):
    row = stored(account, "mailbox.remind_tomorrow", **unreadable)

    for _ in range(20):
        drain(lane_of(account))
        assert is_parked(row)
        let_time_pass()


def test_neighbours_of_a_message_that_cannot_be_read_are_handled():
    accounts = accounts_in_one_lane(5)
    rows = [
        stored(account, "mailbox.remind_tomorrow", version=99 if account == accounts[2] else 1)
        for account in accounts
    ]

    drain(lane_of(accounts[0]))

    assert is_parked(rows.pop(2))
    for row in rows:
        row.refresh_from_db()
        assert row.state == DONE


@pytest.fixture
def weighed() -> type[DomainEvent]:
    @event("tests.parcel_weighed", version=2)
    class ParcelWeighed(DomainEvent):
        parcel_id: UUID
        grams: int

    return ParcelWeighed


def test_old_message_in_the_queue_is_lifted(account, weighed):
    handled: list[Any] = []
    upcasts(weighed, from_version=1)(
        lambda stored: {"parcel_id": stored["parcel_id"], "grams": int(stored["kilos"] * 1000)}
    )
    subscribe(weighed, name="tests.scale")(handled.append)
    stored(
        account, "tests.scale", name="tests.parcel_weighed", payload={"parcel_id": str(account), "kilos": 2.5}
    )

    drain(lane_of(account))

    assert handled == [weighed(parcel_id=account, grams=2500)]
    assert Message.objects.get(name="tests.parcel_weighed").payload == {
        "parcel_id": str(account),
        "kilos": 2.5,
    }


def test_missing_upcaster_parks_its_message(account, weighed):
    subscribe(weighed, name="tests.scale")(print)
    row = stored(account, "tests.scale", name="tests.parcel_weighed", payload={"parcel_id": str(account)})

    drain(lane_of(account))

    assert is_parked(row)
    assert "version 1 has no upcaster" in error_of(row)["message"]


def test_upcaster_that_raises_holds_its_lane_up_for_nobody_else(weighed):
    first, second = accounts_in_one_lane(2)
    upcasts(weighed, from_version=1)(lambda stored: {"grams": stored["kilos"] * 1000})
    subscribe(weighed, name="tests.scale")(print)
    broken = stored(first, "tests.scale", name="tests.parcel_weighed", payload={"parcel_id": str(first)})
    sound = stored(second, "mailbox.remind_tomorrow")

    drain(lane_of(first))

    sound.refresh_from_db()
    assert sound.state == DONE
    assert is_parked(broken)
    assert error_of(broken)["type"] == "builtins.KeyError"


def test_message_about_an_aggregate_whose_stream_cannot_be_read_is_parked(account):
    """While code is being deployed, the old one meets streams of the new one; that is no failure of its handlers."""

    @subscribe(AccountBlocked, name="tests.looks")
    def looks(told: AccountBlocked) -> None:
        store.load(Account, told.account_id)

    execute(BlockAccount(account_id=account))
    Message.objects.create(
        id=uuid4(),
        kind=1,
        name="accounts.account_blocked",
        version=99,
        key=str(account),
        stream=Account.stream_of(account),
        stream_version=2,
        payload={},
        correlation_id=account,
        occurred_at=database_now(),
    )
    drain(lane_of(account))

    row = delivery("tests.looks")
    assert is_parked(row)
    assert "version 99" in error_of(row)["message"]


def test_upcasters_failure_is_never_a_dead_letter(weighed, account):
    upcasts(weighed, from_version=1)(lambda stored: {"grams": stored["kilos"] * 1000})
    subscribe(weighed, name="tests.scale")(print)
    row = stored(account, "tests.scale", name="tests.parcel_weighed", payload={"parcel_id": str(account)})

    for _ in range(10):
        drain(lane_of(account))
        let_time_pass()

    row.refresh_from_db()
    assert row.state != DEAD
