"""A customer who changes their mind, at every moment there is."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from events import Money, drain
from inventory.models import LedgerEntry
from sagas.facts import Direction
from sagas.models import SagaRow
from shipping.models import SandboxBooking
from shipping.sandbox import SandboxCarrier
from tests.integration.sagas.steps import (
    APPROVED,
    CANCELLED,
    ORDINARY,
    SAGA,
    SORTS,
    assert_all_is_well,
    assert_undone,
    before_each_flush,
    cancellation_requested,
    charged,
    claimed_and_forgotten,
    command_of,
    confirmed,
    decisive_step,
    due,
    handled,
    handled_alone,
    id_of,
    parcels,
    reserved,
    saga,
    sent_by_saga,
    status,
    stocked,
    time_passes,
    waiting,
    was_sent_before_the_cancellation,
)
from tests.support.carrying import carried, killed_before_recording, told
from tests.support.shop import an_order

pytestmark = pytest.mark.django_db

# Its saga sends the approval the moment it starts.
NOTHING_TO_UNDO = "free and without products"


@pytest.fixture(autouse=True)
def stock() -> None:
    stocked(MUG=500)


def cancelled_at_every_moment(sort: str) -> Iterator[tuple[UUID, bool]]:
    """An order for each flush of such an order's life, whose cancellation is requested before that flush.

    With each comes whether it still could be. The last one lived on undisturbed: there is no such moment.
    """
    place, _ = SORTS[sort]
    for moment in count():
        order_id, flushes, requested = confirmed(place()), count(), list[bool]()

        def cancel(flushes=flushes, moment=moment, order_id=order_id, requested=requested) -> None:
            if next(flushes) == moment:
                requested.append(cancellation_requested(order_id))

        with before_each_flush(cancel):
            carried()
        yield order_id, any(requested)
        if not requested:
            return


def assert_cancelled_unless_it_was_too_late(sort: str) -> None:
    goods, ends = 0, []
    for order_id, requested in cancelled_at_every_moment(sort):
        decisive = decisive_step(order_id)
        in_time = requested and not was_sent_before_the_cancellation(order_id, decisive)
        assert status(order_id) is (CANCELLED if in_time else SORTS[sort][1])
        if status(order_id) is CANCELLED:
            assert_undone(order_id)
        goods += status(order_id) is APPROVED and saga(order_id).steps["inventory"] == "done"
        ends.append(in_time)
    assert_all_is_well()
    assert reserved() == goods
    assert ends[0] is (sort != NOTHING_TO_UNDO), "whoever cancels before anything was done is in time"
    assert not ends[-1]


@pytest.mark.parametrize("sort", SORTS)
def test_case_38_a_cancellation_at_any_moment_undoes_everything_or_comes_too_late(sort: str):
    assert_cancelled_unless_it_was_too_late(sort)


@pytest.mark.parametrize(
    "sort", [ORDINARY, "charged without an answer", "booked without an answer", "free", "not captured"]
)
def test_case_38_a_cancellation_between_any_two_deliveries_undoes_everything_or_comes_too_late(
    sort: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drain, "BATCH", 1)
    monkeypatch.setattr(drain, "_CARRY", 0)

    assert_cancelled_unless_it_was_too_late(sort)


def test_case_18_an_order_that_is_cancelled_before_anything_began_touches_neither_stock_nor_card():
    order_id = confirmed(an_order())
    cancellation_requested(order_id)
    # The cancellation overtakes the start, and each undoing what it undoes.
    told_to = waiting(order_id, SAGA)
    handled_alone(told_to[1])
    handled_alone(told_to[0])

    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert sent_by_saga(order_id) == [("saga", Direction.UNDO)]
    assert set(LedgerEntry.objects.values_list("kind", flat=True)) == {"receipt"}


def test_an_order_cancelled_with_its_commands_still_queued_refuses_them_for_ever():
    order_id = confirmed(an_order())
    handled(order_id, SAGA)
    cancellation_requested(order_id)

    handled(order_id, SAGA, "inventory.release_inventory", "payments.void_payment")
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert set(LedgerEntry.objects.values_list("kind", flat=True)) == {"receipt"}
    assert charged(order_id) == []


def test_a_cancelled_order_tells_what_was_undone_and_why():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", "payments.process_payment", SAGA, SAGA)
    cancellation_requested(order_id)

    carried()

    assert_all_is_well()
    (cancelled,) = told(order_id, about="orders.order_cancelled")
    assert cancelled.reason == "order cancellation requested: changed my mind"
    (released,) = told(order_id, about="inventory.inventory_released")
    assert [(gone.sku, gone.quantity) for gone in released.lines] == [("MUG", 1)]
    (voided,) = told(order_id, about="payments.payment_voided")
    assert voided.amount == Money(1000, "GBP")
    assert_undone(order_id)


def test_case_22_a_carrier_that_is_found_after_the_cancellation_is_cancelled():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", "payments.process_payment", SAGA, SAGA)
    due(order_id, "shipping.arrange_shipping")
    killed_before_recording()
    assert parcels(order_id) == 1

    cancellation_requested(order_id)
    handled(order_id, SAGA, "shipping.cancel_shipment")
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert SandboxBooking.objects.filter(order_id=order_id).count() == 1


def test_case_22_a_carrier_that_books_after_it_was_told_to_cancel_is_told_again():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", "payments.process_payment", SAGA, SAGA)
    claimed_and_forgotten(order_id, "shipping.arrange_shipping")
    cancellation_requested(order_id)
    handled(order_id, SAGA, "shipping.cancel_shipment", SAGA)
    assert saga(order_id).steps["shipping"] == "undone"

    # The first request, lost on its way, arrives; its worker is gone, and so is the lease of its call.
    SandboxCarrier().book(
        key=str(command_of(order_id, "shipping")),
        order_id=order_id,
        shipment_id=id_of(order_id, "shipping"),
        country="United Kingdom",
        recipient=None,
        lines=(),
    )
    time_passes(timedelta(minutes=1))
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert [fact.cancelled for fact in told(order_id, about="shipping.shipment_cancelled")] == [False, True]


def test_case_8_an_authorisation_that_is_recorded_after_the_saga_gave_up_is_voided():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", SAGA)
    due(order_id, "payments.process_payment")
    killed_before_recording()
    assert charged(order_id) == ["authorise"]

    cancellation_requested(order_id)
    handled(order_id, SAGA, "payments.void_payment", "payments.process_payment")
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert charged(order_id) == ["authorise", "void"]


def test_a_cancellation_while_the_money_is_being_taken_is_remembered_and_comes_too_late():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", "payments.process_payment", SAGA, SAGA)
    handled(order_id, "shipping.arrange_shipping", SAGA)
    assert cancellation_requested(order_id)

    handled(order_id, SAGA)
    assert saga(order_id).status == SagaRow.Status.RUNNING
    carried()

    assert_all_is_well()
    assert status(order_id) is APPROVED
    assert len(told(order_id, about="orders.order_cancellation_requested")) == 1


def test_a_cancellation_while_the_money_is_being_taken_counts_if_it_is_not_taken():
    order_id = confirmed(an_order(payment_method="tok_capture_declined"))
    handled(order_id, SAGA, "inventory.reserve_inventory", "payments.process_payment", SAGA, SAGA)
    handled(order_id, "shipping.arrange_shipping", SAGA)
    assert cancellation_requested(order_id)
    handled(order_id, SAGA)

    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert saga(order_id).reason == "order cancellation requested: changed my mind"


def test_a_saga_that_cancels_asks_for_it_once_however_often_its_customer_does():
    order_id = confirmed(an_order())
    for _ in range(3):
        assert cancellation_requested(order_id)
    carried()

    assert cancellation_requested(order_id)
    carried()

    assert_all_is_well()
    assert sent_by_saga(order_id).count(("saga", Direction.UNDO)) == 1
    assert len(told(order_id, about="orders.order_cancelled")) == 1
