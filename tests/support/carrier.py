"""A carrier in memory, that loses requests and answers when it is told to."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from shipping.bookings import Booking
from shipping.commands import ParcelLine
from shipping.errors import OutcomeUnknown
from tests.support.trouble import Trouble, carried


class FakeCarrier:
    """A `Carrier`; `trouble` is asked before each request. It books whatever it is asked to."""

    def __init__(self, trouble: Callable[[], Trouble] = lambda: Trouble.NONE) -> None:
        self._trouble = trouble
        self.ledger: dict[UUID, Booking] = {}

    def book(
        self,
        *,
        key: str,
        order_id: UUID,
        shipment_id: UUID,
        country: str,
        recipient: Mapping[str, Any] | None,
        lines: tuple[ParcelLine, ...],
    ) -> Booking:
        made = Booking(carrier_name="Fake", tracking_number=key, estimated_delivery=date(2026, 3, 4))
        return carried(lambda: self.ledger.setdefault(shipment_id, made), self._trouble(), OutcomeUnknown)

    def cancel(self, *, key: str, shipment_id: UUID) -> Booking | None:
        return carried(lambda: self._cancelled(shipment_id), self._trouble(), OutcomeUnknown)

    def find(self, shipment_id: UUID) -> Booking | None:
        return self.ledger.get(shipment_id)

    def _cancelled(self, shipment_id: UUID) -> Booking | None:
        if shipment_id in self.ledger:
            self.ledger[shipment_id] = msgspec.structs.replace(self.ledger[shipment_id], is_cancelled=True)
        return self.ledger.get(shipment_id)
