"""What does the carrier say? Its book is the truth about what is on the way."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import msgspec

from shipping.events import ArrangementFailureCode


class Booking(msgspec.Struct, frozen=True, kw_only=True, tag="booking"):
    """A shipment in the carrier's book; there is at most one for each of our ids."""

    carrier_name: str
    tracking_number: str
    estimated_delivery: date
    is_cancelled: bool = False


class NotBooked(msgspec.Struct, frozen=True, tag="not_booked"):
    """There is no shipment under this id in the carrier's book."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The carrier said no; nothing was booked."""

    code: ArrangementFailureCode
    reason: str


Outcome: TypeAlias = Booking | NotBooked | Refused
