"""What does a shipment decide? What became of it is what the carrier says."""

from __future__ import annotations

from uuid import UUID

import msgspec

from events import Aggregate, applies
from shipping.bookings import Booking, NotBooked, Outcome, Refused
from shipping.events import (
    ArrangementFailureCode,
    ShipmentCancelled,
    ShippingArranged,
    ShippingArrangementFailed,
)


class Shipment(Aggregate):
    """Once cancelled it stays cancelled, also before it was anything."""

    category = "shipping.shipment"
    id_field = "shipment_id"
    order_id: UUID | None = None
    booking: Booking | None = None
    failure: ShippingArrangementFailed | None = None
    is_cancelled = False

    @property
    def may_be_booked(self) -> bool:
        return not (self.booking or self.failure or self.is_cancelled)

    @property
    def is_under_way(self) -> bool:
        """Whether the carrier will bring it, as far as we have been told."""
        return self.booking is not None and not self.booking.is_cancelled

    def arrange(self, *, order_id: UUID, outcome: Outcome) -> None:
        """Tell what the carrier answered to a booking. What is known already is told again."""
        match outcome:
            case Booking():
                if not self._take_over(order_id, outcome):
                    self._answer(order_id)
            case Refused() if self.may_be_booked:
                self._fail(order_id, outcome.code, outcome.reason)
            case _:
                self._answer(order_id)

    def cancel(self, *, order_id: UUID, outcome: Booking | NotBooked) -> None:
        """Tell what the carrier has undone, and be cancelled for ever; nothing where it is under way all the same."""
        if isinstance(outcome, Booking):
            self._take_over(order_id, outcome)
        if not self.is_under_way and not any(isinstance(fact, ShipmentCancelled) for fact in self.recorded):
            is_booked = isinstance(outcome, Booking)
            self.record(ShipmentCancelled(order_id=order_id, shipment_id=self.id, cancelled=is_booked))

    def _take_over(self, order_id: UUID, booking: Booking) -> bool:
        """Tell what is new in the carrier's book; whether anything is."""
        is_new, was_cancelled = self.booking is None, self.booking is not None and self.booking.is_cancelled
        if is_new:
            self._tell(order_id, booking)
        if booking.is_cancelled and not was_cancelled:
            self.record(ShipmentCancelled(order_id=order_id, shipment_id=self.id, cancelled=True))
        return is_new

    def _answer(self, order_id: UUID) -> None:
        if self.booking and not self.is_cancelled:
            self._tell(order_id, self.booking)
        elif self.failure:
            self._fail(order_id, self.failure.code, self.failure.reason)
        else:
            self._fail(order_id, ArrangementFailureCode.CANCELLED, "the shipment was cancelled")

    def _tell(self, order_id: UUID, booking: Booking) -> None:
        self.record(
            ShippingArranged(
                order_id=order_id,
                shipment_id=self.id,
                carrier_name=booking.carrier_name,
                tracking_number=booking.tracking_number,
                estimated_delivery=booking.estimated_delivery,
            )
        )

    def _fail(self, order_id: UUID, code: ArrangementFailureCode, reason: str) -> None:
        self.record(
            ShippingArrangementFailed(order_id=order_id, shipment_id=self.id, code=code, reason=reason)
        )

    @applies(ShippingArranged)
    def _arranged(self, event: ShippingArranged) -> None:
        self.order_id = event.order_id
        self.booking = self.booking or Booking(
            carrier_name=event.carrier_name,
            tracking_number=event.tracking_number,
            estimated_delivery=event.estimated_delivery,
        )

    @applies(ShippingArrangementFailed)
    def _failed(self, event: ShippingArrangementFailed) -> None:
        self.order_id = event.order_id
        self.failure = event

    @applies(ShipmentCancelled)
    def _cancelled(self, event: ShipmentCancelled) -> None:
        self.order_id = event.order_id
        self.is_cancelled = True
        if event.cancelled and self.booking:
            self.booking = msgspec.structs.replace(self.booking, is_cancelled=True)
