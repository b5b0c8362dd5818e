"""Messages late, doubled and in any order: the same end. The database knows what is true, not what came first."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from django.utils import timezone

from events.lanes import lane_of
from events.models import Delivery, Message
from events.tasks import drain as drain_task
from inventory.commands import ReserveInventory
from inventory.models import LedgerEntry
from orders.models import OrderRow
from sagas.models import SagaRow
from tests.integration.sagas.steps import (
    APPROVED,
    CANCELLED,
    CLOCK,
    SAGA,
    SORTS,
    assert_all_is_well,
    assert_undone,
    cancellation_requested,
    charged,
    confirmed,
    decided,
    decisive_step,
    delivered_again,
    handled,
    handled_alone,
    id_of,
    now,
    reserved,
    saga,
    status,
    stocked,
    story,
    waiting,
    was_sent_before_the_cancellation,
)
from tests.support.carrying import carried, sent
from tests.support.shop import an_order, units

pytestmark = pytest.mark.django_db

_DOUBLES = 12
_MOST_STEPS = 200


@pytest.fixture(autouse=True)
def stock() -> None:
    stocked(MUG=100)


def wandered(order_id: UUID, random: Random) -> None:
    """Handle what waits in a random order, and some of it again, until nothing but the clock is left."""
    doubles = _DOUBLES
    for _ in range(_MOST_STEPS):
        open_now = list(waiting(order_id))
        if all(delivery.handler == CLOCK for delivery in open_now):
            return
        handled_alone(random.choice(open_now))
        found = Delivery.objects.filter(message__key=str(order_id), state=Delivery.State.DONE)
        done = list(found.exclude(handler=CLOCK))
        if done and doubles and random.random() < 0.4:
            delivered_again(random.choice(done))
            doubles -= 1
    pytest.fail(f"order {order_id} comes to no end: {story(order_id)}")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("sort", SORTS)
def test_case_16_deliveries_doubled_and_in_any_order_lead_to_the_same_end(sort: str, seed: int):
    place, end = SORTS[sort]
    order_id = confirmed(place())

    wandered(order_id, Random(seed))

    assert_all_is_well()
    assert status(order_id) is end
    assert charged(order_id).count("authorise") <= 1
    assert reserved() == (end is APPROVED and saga(order_id).steps["inventory"] == "done")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("sort", SORTS)
def test_cases_16_and_38_a_cancellation_amid_disorder_leads_to_one_of_two_ends(sort: str, seed: int):
    place, end = SORTS[sort]
    order_id, random = confirmed(place()), Random(seed)
    for _ in range(random.randrange(12)):
        if open_now := list(waiting(order_id)):
            handled_alone(random.choice(open_now))
    requested = cancellation_requested(order_id)

    wandered(order_id, random)

    assert_all_is_well()
    too_late = not requested or was_sent_before_the_cancellation(order_id, decisive_step(order_id))
    assert status(order_id) is (end if too_late else CANCELLED)


def test_case_15_a_reservation_that_was_made_before_the_saga_exists_is_kept_and_used():
    order_id = confirmed(an_order())
    early = ReserveInventory(
        order_id=order_id, reservation_id=id_of(order_id, "inventory"), lines=units(MUG=1)
    )
    sent(early)
    start = waiting(order_id, SAGA).get()
    handled(order_id, "inventory.reserve_inventory")
    reply = waiting(order_id, SAGA).exclude(pk=start.pk).get()

    handled_alone(reply)
    assert not SagaRow.objects.exists()
    handled_alone(start)
    assert saga(order_id).steps["inventory"] == "done"
    carried()

    assert_all_is_well()
    assert status(order_id) is APPROVED
    assert reserved() == 1


def test_case_17_a_release_that_is_delivered_twice_gives_the_goods_back_once():
    order_id = confirmed(an_order(payment_method="tok_declined"))
    carried()
    assert reserved() == 0

    delivered_again(Delivery.objects.get(handler="inventory.release_inventory"))
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert list(LedgerEntry.objects.order_by("id").values_list("kind", flat=True)) == [
        "receipt",
        "reserve",
        "release",
    ]


def test_case_24_a_wake_up_that_comes_again_after_its_work_was_stored_is_absorbed():
    """As after a worker that is killed between its commit and its acknowledgement to the broker."""
    order_id = confirmed(an_order())
    lane = lane_of(str(order_id))
    drain_task(lane)
    assert status(order_id) is APPROVED
    before = list(Message.objects.values()), list(Delivery.objects.order_by("id").values())

    drain_task(lane)

    assert (list(Message.objects.values()), list(Delivery.objects.order_by("id").values())) == before
    assert_all_is_well()


@pytest.fixture
def clocks_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine believes that it is 1970, in a place whose clocks move by half an hour in summer."""
    with monkeypatch.context() as wrong:
        wrong.setenv("TZ", "Australia/Lord_Howe")
        time.tzset()
        wrong.setattr(time, "time", lambda: 0.0)
        wrong.setattr(timezone, "now", lambda: datetime(1970, 1, 1, tzinfo=UTC))
        yield
    time.tzset()


def test_case_28_moments_are_utc_on_the_databases_clock(clocks_that_are_wrong: None):
    began = now()

    order_id = confirmed(an_order())
    carried()

    assert_all_is_well()
    shown, order = saga(order_id), OrderRow.objects.get(pk=order_id)
    assert shown.ended_at is not None
    assert order.placed_at is not None
    moments = [decision.at for decision in decided(order_id)]
    moments += [shown.started_at, shown.ended_at, order.placed_at]
    for message in Message.objects.filter(key=str(order_id)):
        moments += [message.occurred_at, message.recorded_at]
    assert all(began <= moment <= now() for moment in moments)
    assert {moment.utcoffset() for moment in moments} == {timedelta(0)}
