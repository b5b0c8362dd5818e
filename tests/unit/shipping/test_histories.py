"""Whatever is lost, doubled, reordered or killed: one booking at most, and none after a cancellation."""

from uuid import UUID

import pytest

from shipping import handlers
from shipping.commands import ArrangeShipping, CancelShipment, Destination, ParcelLine
from shipping.domain import Shipment
from shipping.events import ShipmentCancelled, ShippingArranged, ShippingArrangementFailed
from tests.support.carrier import FakeCarrier
from tests.support.histories import all_histories

ORDER, SHIPMENT = UUID(int=1), UUID(int=2)
ARRANGE = ArrangeShipping(
    order_id=ORDER,
    shipment_id=SHIPMENT,
    ship_to=Destination(country="GB", contact=None),
    lines=(ParcelLine(sku="MUG", quantity=2),),
)
CANCEL = CancelShipment(order_id=ORDER, shipment_id=SHIPMENT)
ANSWERS: dict[type, tuple[type, ...]] = {
    ArrangeShipping: (ShippingArranged, ShippingArrangementFailed),
    CancelShipment: (ShipmentCancelled,),
}


@pytest.mark.parametrize(
    ("commands", "troubles"),
    [
        ([ARRANGE], 3),
        ([ARRANGE, ARRANGE], 2),
        ([CANCEL], 2),
        ([ARRANGE, CANCEL], 3),
        ([ARRANGE, CANCEL, CANCEL], 1),
    ],
    ids=lambda value: (
        "+".join(type(each).__name__ for each in value) if isinstance(value, list) else str(value)
    ),
)
def test_every_history_ends_with_equal_books_and_an_answer_to_each_command(commands, troubles, monkeypatch):
    def make(trouble):
        carrier = FakeCarrier(trouble)
        monkeypatch.setattr(handlers, "carrier", lambda: carrier)
        return carrier

    for history in all_histories(*commands, troubles=troubles, make=make):
        shipment, theirs = history.aggregate(Shipment, SHIPMENT), history.world.find(SHIPMENT)

        assert shipment.booking == theirs
        assert not (CANCEL in commands and theirs and not theirs.is_cancelled)
        for command in commands:
            assert any(isinstance(fact, ANSWERS[type(command)]) for fact in history.told()), command
