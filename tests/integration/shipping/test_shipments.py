"""Shipments on the real log, with the sandbox carrier's real book."""

from uuid import UUID, uuid4

import pytest

from shipping.commands import ArrangeShipping, CancelShipment, Destination, ParcelLine
from shipping.errors import KeyReused
from shipping.events import ArrangementFailureCode, ShippingArrangementFailed
from shipping.invariants import BOOKS_AGREE
from shipping.models import SandboxBooking, Shipment
from shipping.queries import shipments_of_order
from shipping.sandbox import SandboxCarrier
from tests.support.carrying import carried, dead_letters, killed_before_recording, refuted, sent, told
from tests.support.truth import offences

pytestmark = pytest.mark.django_db
ORDER, SHIPMENT = UUID(int=7), UUID(int=9)
CANCEL = CancelShipment(order_id=ORDER, shipment_id=SHIPMENT)


def arrange(country="United Kingdom", contact=None):
    return ArrangeShipping(
        order_id=ORDER,
        shipment_id=SHIPMENT,
        ship_to=Destination(country=country, contact=contact),
        lines=(ParcelLine(sku="MUG", quantity=2),),
    )


def settled(*commands):
    sent(*commands)
    carried()
    assert dead_letters() == []
    assert refuted(BOOKS_AGREE) == []
    assert offences() == {}


def facts():
    return [type(fact).__name__ for fact in told(ORDER, about="shipping.")]


def test_goods_are_booked_once_and_shown():
    settled(arrange())
    settled(arrange())

    first, again = told(ORDER, about="shipping.")
    assert first == again
    shipment = shipments_of_order(ORDER).get()
    assert (shipment.status, shipment.tracking_number) == (Shipment.Status.ARRANGED, first.tracking_number)
    assert SandboxBooking.objects.count() == 1


@pytest.mark.parametrize("country", ["AQ", "Antarctica", " antarctica "])
def test_country_that_no_carrier_serves_fails_the_arrangement(country):
    settled(arrange(country))

    (failed,) = told(ORDER, about="shipping.")
    assert isinstance(failed, ShippingArrangementFailed)
    assert failed.code is ArrangementFailureCode.NO_CARRIER
    assert not SandboxBooking.objects.exists()


def test_carrier_that_does_not_answer_is_asked_again_with_the_same_key():
    settled(arrange("XT"))

    assert facts() == ["ShippingArranged"]
    assert SandboxBooking.objects.count() == 1


def test_cancelled_shipment_is_cancelled_at_the_carrier_once():
    settled(arrange())
    settled(CANCEL)
    settled(CANCEL)

    assert facts() == ["ShippingArranged", "ShipmentCancelled", "ShipmentCancelled"]
    assert all(fact.cancelled for fact in told(ORDER, about="shipping.shipment_cancelled"))
    assert Shipment.objects.get().status == Shipment.Status.CANCELLED


def test_cancellation_of_what_never_happened_refuses_it_for_ever():
    settled(CANCEL)
    settled(arrange())

    assert facts() == ["ShipmentCancelled", "ShippingArrangementFailed"]
    assert not told(ORDER, about="shipping.")[0].cancelled
    assert not SandboxBooking.objects.exists()


def test_cancellation_that_overtakes_the_arrangement_leaves_nothing_under_way():
    settled(arrange("XT"), CANCEL)

    assert not SandboxBooking.objects.filter(cancelled_at=None).exists()


def test_worker_killed_between_call_and_record_books_once():
    sent(arrange())

    killed_before_recording()
    assert facts() == []
    settled()

    assert facts() == ["ShippingArranged"]
    assert SandboxBooking.objects.count() == 1


def test_cancellation_while_the_booking_is_answered_but_not_recorded_undoes_it():
    sent(arrange())

    killed_before_recording()
    settled(CANCEL)

    assert SandboxBooking.objects.get().cancelled_at is not None


def test_erased_recipient_does_not_hold_the_goods_up():
    settled(arrange(contact=uuid4()))

    assert facts() == ["ShippingArranged"]


def test_same_key_for_another_shipment_is_refused():
    def book(shipment_id):
        return SandboxCarrier().book(
            key="k1", order_id=ORDER, shipment_id=shipment_id, country="GB", recipient=None, lines=()
        )

    assert book(SHIPMENT) == book(SHIPMENT)
    with pytest.raises(KeyReused):
        book(uuid4())
