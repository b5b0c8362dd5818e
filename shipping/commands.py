"""What shipping can be asked. Whoever asks chooses the shipment's id: it is also our reference at the carrier."""

from uuid import UUID

import msgspec

from events import Command, command


class Destination(msgspec.Struct, frozen=True):
    """Where the goods go: a country (ISO 3166, or as the shop writes it) and the id of the recipient's PersonalValue."""

    country: str
    contact: UUID | None


class ParcelLine(msgspec.Struct, frozen=True):
    """What the parcel holds."""

    sku: str
    quantity: int


@command("shipping.arrange_shipping")
class ArrangeShipping(Command):
    """Find a carrier for the goods → ShippingArranged, ShippingArrangementFailed."""

    order_id: UUID
    shipment_id: UUID
    ship_to: Destination
    lines: tuple[ParcelLine, ...]


@command("shipping.cancel_shipment")
class CancelShipment(Command):
    """Undo the shipment, whatever became of it, and refuse it for ever → ShipmentCancelled."""

    order_id: UUID
    shipment_id: UUID
