"""What a shipment makes of what its carrier says."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from shipping.bookings import Booking, NotBooked, Refused
from shipping.domain import Shipment
from shipping.events import (
    ArrangementFailureCode,
    ShipmentCancelled,
    ShippingArranged,
    ShippingArrangementFailed,
)

ORDER, SHIPMENT = UUID(int=1), UUID(int=2)
BOOKED = Booking(carrier_name="Vans", tracking_number="V1", estimated_delivery=date(2026, 3, 4))
CANCELLED = msgspec.structs.replace(BOOKED, is_cancelled=True)


@pytest.fixture
def shipment():
    return Shipment(SHIPMENT)


def arrange(shipment, outcome):
    before = len(shipment.recorded)
    shipment.arrange(order_id=ORDER, outcome=outcome)
    return shipment.recorded[before:]


def test_booking_is_told_again_to_whoever_asks_again(shipment):
    (first,) = arrange(shipment, BOOKED)
    (second,) = arrange(shipment, BOOKED)

    assert first == second
    assert isinstance(first, ShippingArranged)


def test_refusal_stands_for_ever(shipment):
    refused = Refused(code=ArrangementFailureCode.NO_CARRIER, reason="no carrier serves AQ")

    assert arrange(shipment, refused) == arrange(shipment, NotBooked())
    assert not shipment.may_be_booked


def test_cancellation_of_nothing_is_remembered_and_refuses_the_late_original(shipment):
    shipment.cancel(order_id=ORDER, outcome=NotBooked())
    (failed,) = arrange(shipment, NotBooked())

    assert shipment.recorded[0] == ShipmentCancelled(order_id=ORDER, shipment_id=SHIPMENT, cancelled=False)
    assert isinstance(failed, ShippingArrangementFailed)
    assert failed.code is ArrangementFailureCode.CANCELLED
    assert not shipment.may_be_booked


def test_booking_that_comes_late_is_told_and_under_way(shipment):
    shipment.cancel(order_id=ORDER, outcome=NotBooked())

    (told,) = arrange(shipment, BOOKED)

    assert isinstance(told, ShippingArranged)
    assert shipment.is_under_way


def test_cancellation_tells_the_booking_that_was_missed(shipment):
    shipment.cancel(order_id=ORDER, outcome=CANCELLED)

    assert [type(fact) for fact in shipment.recorded] == [ShippingArranged, ShipmentCancelled]
    assert shipment.recorded[-1].cancelled
    assert not shipment.is_under_way


def test_cancellation_is_not_told_while_the_goods_are_under_way(shipment):
    arrange(shipment, BOOKED)

    shipment.cancel(order_id=ORDER, outcome=NotBooked())

    assert len(shipment.recorded) == 1


def test_replayed_history_leads_to_the_same_shipment(shipment):
    arrange(shipment, BOOKED)
    shipment.cancel(order_id=ORDER, outcome=CANCELLED)
    replayed = Shipment(SHIPMENT)

    for fact in [*shipment.recorded, *shipment.recorded[1:]]:
        replayed.apply(fact)

    assert replayed.booking == CANCELLED
    assert replayed.is_cancelled
