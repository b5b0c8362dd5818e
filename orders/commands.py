"""What can orders be asked?"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from events import Command, command
from orders.events import LineKind, ShipTo

__all__ = [
    "ApproveOrder",
    "CancelOrder",
    "ConfirmOrder",
    "LineKind",
    "PlaceOrder",
    "RequestCancellation",
    "RequestedLine",
    "ShipTo",
]


class RequestedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is asked for: `unit_price` is a decimal string in major units with up to four decimals."""

    line_id: UUID
    kind: LineKind
    sku: str
    name: str
    quantity: int
    unit_price: str


@command("orders.place_order")
class PlaceOrder(Command):
    """Take down an order. Amounts and total are computed; `placed_at` is now where it is not stated."""

    order_id: UUID
    number: str
    customer_id: UUID | None
    currency: str
    lines: tuple[RequestedLine, ...]
    payment_method: str
    ship_to: ShipTo
    placed_at: datetime | None = None


@command("orders.confirm_order")
class ConfirmOrder(Command):
    """Commit the customer to the order; its fulfilment begins."""

    order_id: UUID


@command("orders.approve_order")
class ApproveOrder(Command):
    """Declare that all that was needed has been done."""

    order_id: UUID


@command("orders.request_cancellation")
class RequestCancellation(Command):
    """Ask for the order to be undone: a draft is cancelled at once, a confirmed order by its saga."""

    order_id: UUID
    reason: str


@command("orders.cancel_order")
class CancelOrder(Command):
    """Cancel the order; for the saga, after everything done for the order was undone."""

    order_id: UUID
    reason: str
