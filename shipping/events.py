"""What shipping tells. Whoever asks for what was done already is told the same fact again."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from events import DomainEvent, event


class ArrangementFailureCode(StrEnum):
    """Why there will be no shipment under this id."""

    NO_CARRIER = "no_carrier"
    CANCELLED = "cancelled"


@event("shipping.shipping_arranged")
class ShippingArranged(DomainEvent):
    """A carrier will collect the goods and bring them."""

    order_id: UUID
    shipment_id: UUID
    carrier_name: str
    tracking_number: str
    estimated_delivery: date


@event("shipping.shipping_arrangement_failed")
class ShippingArrangementFailed(DomainEvent):
    """No carrier will bring the goods, and that is certain."""

    order_id: UUID
    shipment_id: UUID
    code: ArrangementFailureCode
    reason: str


@event("shipping.shipment_cancelled")
class ShipmentCancelled(DomainEvent):
    """Nothing is or will be shipped under this id; `cancelled` says whether there was a shipment to cancel."""

    order_id: UUID
    shipment_id: UUID
    cancelled: bool
