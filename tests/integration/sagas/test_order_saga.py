"""Every way in which an order's saga ends by itself, on real parts: its facts, its reasons, and what is left."""

from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from events import Money, personal
from events.execution import unit_of_work
from events.ids import new_id
from events.models import Delivery, Message
from events.unit import tell
from orders.commands import LineKind, RequestedLine, ShipTo
from orders.events import OrderConfirmed
from orders.models import OrderRow
from sagas.models import SagaRow
from tests.integration.sagas.steps import (
    APPROVED,
    CANCELLED,
    CLOCK,
    SAGA,
    SORTS,
    assert_all_is_well,
    cancellation_requested,
    charged,
    command_of,
    confirmed,
    due,
    handled,
    id_of,
    parcels,
    reserved,
    saga,
    status,
    stocked,
    story,
    waiting,
)
from tests.support.carrying import carried, dead_letters, killed_before_recording, told
from tests.support.shop import an_order, line

pytestmark = pytest.mark.django_db

CONFIRMED = ["place_order", "order_placed", "confirm_order", "order_confirmed"]
NOBODY_SHIPS_TO = ShipTo(country="Antarctica")


@pytest.fixture(autouse=True)
def stock() -> None:
    stocked(MUG=10)


def ended(*lines: RequestedLine, **fields: Any) -> UUID:
    """Place and confirm an order, and carry it to its end."""
    order_id = confirmed(an_order(*lines, **fields))
    carried()
    assert_all_is_well()
    return order_id


def after_confirmation(order_id: UUID) -> list[str]:
    facts = story(order_id)
    assert facts[:4] == CONFIRMED
    return facts[4:]


def fact(order_id: UUID, name: str) -> Any:
    (only,) = told(order_id, about=name)
    return only


def reason(order_id: UUID) -> str:
    """Why it was cancelled: saga, order and the order's row agree."""
    (cancelled,) = told(order_id, about="orders.order_cancelled")
    assert cancelled.reason == saga(order_id).reason == OrderRow.objects.get(pk=order_id).cancel_reason
    assert cancelled.refund_amount == Money(0, "GBP")
    return str(cancelled.reason)


def test_an_order_runs_from_confirmation_to_approval_and_the_log_tells_each_step():
    contact = new_id()
    with unit_of_work():
        personal.keep(contact, {"name": "Ada", "email": "ada@example.org"}, person=None)

    order_id = ended(line(quantity=3), ship_to=ShipTo(country="United Kingdom", contact=contact))

    assert after_confirmation(order_id) == [
        "reserve_inventory",
        "process_payment",
        "inventory_reserved",
        "payment_processed",
        "arrange_shipping",
        "shipping_arranged",
        "capture_payment",
        "payment_captured",
        "commit_reservation",
        "inventory_committed",
        "approve_order",
        "order_approved",
        "send_mail",
        "notification_sent",
    ]
    assert (status(order_id), saga(order_id).status) == (APPROVED, SagaRow.Status.COMPLETED)
    assert charged(order_id) == ["authorise", "capture"]
    assert (reserved(), parcels(order_id), len(mail.outbox)) == (3, 1, 1)


def test_every_fact_of_an_order_names_it_and_what_the_saga_called_its_parts():
    order_id = ended(line("1.005", 3), line("2"))

    facts = told(order_id)
    assert {event.order_id for event in facts} == {order_id}
    assert {event.payment_id for event in facts if hasattr(event, "payment_id")} == {
        id_of(order_id, "payment")
    }
    assert {event.reservation_id for event in facts if hasattr(event, "reservation_id")} == {
        id_of(order_id, "inventory")
    }
    assert fact(order_id, "shipping.shipping_arranged").shipment_id == id_of(order_id, "shipping")
    assert fact(order_id, "payments.payment_captured").amount == Money(502, "GBP")
    (goods,) = fact(order_id, "inventory.inventory_committed").lines
    assert (goods.sku, goods.quantity) == ("MUG", 4)


def test_each_message_of_an_order_has_a_cause_and_all_are_one_workflow():
    order_id = ended()

    by_id = {message.id: message for message in Message.objects.filter(key=str(order_id))}
    roots = [message.name for message in by_id.values() if message.causation_id is None]
    assert sorted(roots) == ["orders.confirm_order", "orders.place_order"]
    assert all(message.causation_id in by_id for message in by_id.values() if message.causation_id)
    assert {message.correlation_id for message in by_id.values()} == {order_id}
    caused = {(by_id[m.causation_id].name, m.name) for m in by_id.values() if m.causation_id}
    assert {
        ("orders.order_confirmed", "sagas.saga_decided"),
        ("sagas.saga_decided", "payments.process_payment"),
        ("payments.process_payment", "payments.payment_processed"),
        ("payments.payment_processed", "sagas.saga_decided"),
    } <= caused


def test_a_failed_payment_releases_the_reservation_and_cancels_the_order():
    order_id = ended(line(quantity=3), payment_method="tok_declined")

    assert after_confirmation(order_id) == [
        "reserve_inventory",
        "process_payment",
        "inventory_reserved",
        "payment_failed",
        "release_inventory",
        "inventory_released",
        "cancel_order",
        "order_cancelled",
    ]
    assert reason(order_id) == "payment failed: declined"
    assert [(gone.sku, gone.quantity) for gone in fact(order_id, "inventory.inventory_released").lines] == [
        ("MUG", 3)
    ]
    assert (reserved(), charged(order_id)) == (0, [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("payments.process_payment", "inventory.reserve_inventory"),
        ("inventory.reserve_inventory", "payments.process_payment"),
    ],
)
def test_a_shortage_voids_the_authorisation_whichever_is_known_first(first: str, second: str):
    order_id = confirmed(an_order(line(quantity=11)))
    handled(order_id, SAGA, first, SAGA, second)

    carried()

    assert_all_is_well()
    assert charged(order_id) == ["authorise", "void"]
    assert reason(order_id).startswith("inventory failed")
    assert fact(order_id, "payments.payment_voided").amount == Money(11_000, "GBP")
    assert (reserved(), parcels(order_id)) == (0, 0)


def test_a_shortage_refuses_the_authorisation_that_was_never_begun():
    order_id = confirmed(an_order(line(quantity=11)))
    handled(order_id, SAGA, "inventory.reserve_inventory", SAGA, "payments.void_payment")

    carried()

    assert_all_is_well()
    assert fact(order_id, "payments.payment_voided").amount == Money(0, "GBP")
    assert charged(order_id) == []


def test_a_country_that_nobody_serves_undoes_stock_and_payment_side_by_side():
    order_id = ended(ship_to=NOBODY_SHIPS_TO)

    assert after_confirmation(order_id)[4:] == [
        "arrange_shipping",
        "shipping_arrangement_failed",
        "void_payment",
        "release_inventory",
        "inventory_released",
        "payment_voided",
        "cancel_order",
        "order_cancelled",
    ]
    assert reason(order_id).startswith("shipping failed")
    assert (reserved(), charged(order_id), parcels(order_id)) == (0, ["authorise", "void"], 0)


def test_a_declined_capture_cancels_the_shipment_before_what_it_stands_on():
    order_id = ended(payment_method="tok_capture_declined")

    assert after_confirmation(order_id)[6:] == [
        "capture_payment",
        "payment_capture_failed",
        "cancel_shipment",
        "shipment_cancelled",
        "void_payment",
        "release_inventory",
        "inventory_released",
        "payment_voided",
        "cancel_order",
        "order_cancelled",
    ]
    assert reason(order_id) == "capture failed: declined"
    assert fact(order_id, "shipping.shipment_cancelled").cancelled
    assert (reserved(), charged(order_id), parcels(order_id)) == (0, ["authorise", "void"], 0)


def test_case_21_an_order_that_costs_nothing_is_neither_authorised_nor_captured():
    order_id = ended(line("0", 2), payment_method="")

    assert status(order_id) is APPROVED
    assert told(order_id, about="payments.") == []
    assert (reserved(), parcels(order_id)) == (2, 1)


def test_an_order_without_products_reserves_and_ships_nothing():
    order_id = ended(line(kind=LineKind.FEE, sku="WRAP"))

    assert status(order_id) is APPROVED
    assert told(order_id, about="inventory.") == told(order_id, about="shipping.") == []
    assert charged(order_id) == ["authorise", "capture"]


def test_only_the_products_of_an_order_are_reserved_and_shipped():
    order_id = ended(line(), line("3", kind=LineKind.SHIPPING, sku="POST"))

    (goods,) = fact(order_id, "inventory.inventory_committed").lines
    assert goods.sku == "MUG"
    assert fact(order_id, "payments.payment_captured").amount == Money(1300, "GBP")


@pytest.mark.parametrize("token", ["tok_timeout_charged", "tok_timeout_not_charged"])
def test_cases_6_and_7_an_authorisation_that_timed_out_is_reconciled_and_the_order_approved(token: str):
    order_id = ended(payment_method=token)

    assert status(order_id) is APPROVED
    assert "payment_outcome_unknown" in story(order_id)
    assert charged(order_id) == ["authorise", "capture"]
    authorised = fact(order_id, "payments.payment_processed")
    assert authorised.key == str(command_of(order_id, "payment"))


def test_case_12_of_two_orders_for_the_last_units_one_is_approved_and_the_other_never_charged():
    orders = [confirmed(an_order(line(quantity=6))) for _ in range(2)]

    carried()

    assert_all_is_well()
    assert {status(order_id) for order_id in orders} == {APPROVED, CANCELLED}
    (lost,) = (order_id for order_id in orders if status(order_id) is CANCELLED)
    assert "capture" not in charged(lost)
    assert reserved() == 6


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("inventory.reserve_inventory", "inventory.release_inventory"),
        ("inventory.release_inventory", "inventory.reserve_inventory"),
    ],
)
def test_case_14_stock_still_in_flight_when_the_payment_fails_is_released(first: str, second: str):
    order_id = confirmed(an_order(payment_method="tok_declined"))
    handled(order_id, SAGA, "payments.process_payment", SAGA)
    assert {"inventory.reserve_inventory", "inventory.release_inventory"} <= set(
        waiting(order_id).values_list("handler", flat=True)
    )

    handled(order_id, first, second)
    carried()

    assert_all_is_well()
    assert (status(order_id), reserved()) == (CANCELLED, 0)


def test_case_25_a_worker_killed_between_the_processors_answer_and_its_record_charges_once():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", SAGA)
    due(order_id, "payments.process_payment")

    killed_before_recording()
    assert charged(order_id) == ["authorise"]
    carried()

    assert_all_is_well()
    assert status(order_id) is APPROVED
    assert charged(order_id) == ["authorise", "capture"]


def test_case_37_an_order_that_is_told_to_be_confirmed_twice_has_one_saga():
    order_id = confirmed(an_order())
    start = fact(order_id, "orders.order_confirmed")
    with unit_of_work():
        # An order never says so; somebody who feeds the log from elsewhere may.
        tell(start, stream=f"elsewhere-{order_id}", version=1)

    carried()

    assert Delivery.objects.filter(handler=SAGA, message__name=OrderConfirmed.message_type.name).count() == 2
    assert SagaRow.objects.count() == 1
    assert saga(order_id).status == SagaRow.Status.COMPLETED
    assert after_confirmation(order_id).count("reserve_inventory") == 1
    assert charged(order_id) == ["authorise", "capture"]
    assert (reserved(), parcels(order_id)) == (1, 1)
    assert (waiting(order_id).count(), dead_letters()) == (0, [])


def test_the_clock_of_a_saga_is_done_when_it_ends():
    approved, cancelled = confirmed(an_order()), confirmed(an_order(payment_method="tok_declined"))

    for order_id in (approved, cancelled):
        clock = waiting(order_id, CLOCK).get()
        handled(order_id, SAGA)
        while others := waiting(order_id).exclude(pk=clock.pk):
            handled(order_id, others[0].handler)

        assert waiting(order_id, CLOCK).count() == 0
    assert_all_is_well()


def test_a_cancellation_requested_after_approval_is_refused():
    order_id = ended()

    assert not cancellation_requested(order_id)

    assert "order_cancellation_requested" not in story(order_id)
    assert_all_is_well()
    assert status(order_id) is APPROVED


def test_orders_of_every_sort_run_side_by_side_to_their_ends():
    ends = {confirmed(place()): end for place, end in SORTS.values()}

    carried()

    assert_all_is_well()
    assert {order_id: status(order_id) for order_id in ends} == ends
