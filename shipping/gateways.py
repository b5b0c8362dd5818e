"""How is a carrier reached? Behind a Protocol; the built-in one is the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from shipping.bookings import Booking
from shipping.commands import ParcelLine
from shipping.sandbox import SandboxCarrier


class Carrier(Protocol):
    """A carrier that honours idempotency keys and knows a shipment by our reference, its id.

    The same key books once, for ever; so does the same shipment. All may raise `OutcomeUnknown` or `CarrierUnavailable`.
    """

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
        """Have the goods brought; the recipient is what is kept of name and address. Raises `NotServed`."""
        ...

    def cancel(self, *, key: str, shipment_id: UUID) -> Booking | None:
        """Cancel a booking; None where there is none."""
        ...

    def find(self, shipment_id: UUID) -> Booking | None: ...


def carrier() -> Carrier:
    """The carrier that goods are sent with."""
    return SandboxCarrier()
