"""What does an order tell? Facts of its life, whole enough that nobody has to ask back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

import msgspec

from events import DomainEvent, Money, event, upcasts
from events.money import rounded


class LineKind(StrEnum):
    """What stands on a line of an order; only products are kept in stock."""

    PRODUCT = "product"
    SHIPPING = "shipping"
    FEE = "fee"
    DISCOUNT = "discount"
    VOUCHER = "voucher"


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it was ordered. `unit_price` is a decimal string, `amount` was rounded half up once."""

    line_id: UUID
    kind: LineKind
    sku: str
    name: str
    quantity: int
    unit_price: str
    amount: Money


class ShipTo(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order goes; `contact` is the id of a PersonalValue with name, e-mail and address."""

    country: str
    contact: UUID | None = None


@event("orders.order_placed")
class OrderPlaced(DomainEvent):
    """Somebody wants these things at these prices; nothing is promised yet."""

    order_id: UUID
    number: str
    customer_id: UUID | None
    lines: tuple[OrderLine, ...]
    total: Money
    payment_method: str
    ship_to: ShipTo
    placed_at: datetime


@event("orders.order_confirmed", version=2)
class OrderConfirmed(DomainEvent):
    """The customer committed to the order; fulfilment may begin."""

    order_id: UUID
    number: str
    customer_id: UUID | None
    lines: tuple[OrderLine, ...]
    total: Money
    payment_method: str
    ship_to: ShipTo


@event("orders.order_approved")
class OrderApproved(DomainEvent):
    """Paid, in stock and with the carrier: the order will be delivered."""

    order_id: UUID
    number: str
    customer_id: UUID | None
    total: Money
    contact: UUID | None


@event("orders.order_cancellation_requested")
class OrderCancellationRequested(DomainEvent):
    """Somebody wants the order undone; what has been done for it decides whether that is still possible."""

    order_id: UUID
    reason: str


@event("orders.order_cancelled")
class OrderCancelled(DomainEvent):
    """The order is off; the customer gets `refund_amount` back."""

    order_id: UUID
    reason: str
    refund_amount: Money
    number: str
    contact: UUID | None


@upcasts(OrderConfirmed, from_version=1)
def money_in_minor_units(stored: dict[str, Any]) -> dict[str, Any]:
    """Version 1 told a float and knew no lines; its shops charged whole baskets to the card they had on file.

    The basket becomes one line of kind fee, so that the total is the sum of the lines and no stock is reserved for
    goods that nobody named. What version 1 did not know reads as empty; the number is the order's id.
    """
    order_id, currency = str(stored["order_id"]), str(stored.get("currency", "USD"))
    # Through its shortest text: the float 99.99 is meant as 99.99, not as the binary fraction beside it.
    amount = msgspec.to_builtins(rounded(Decimal(str(stored["order_total"])), currency))
    basket = {
        "line_id": str(uuid5(UUID(order_id), "basket")),
        "kind": LineKind.FEE.value,
        "sku": "BASKET",
        "name": "Whole basket",
        "quantity": 1,
        "unit_price": str(Money(**amount).decimal()),
        "amount": amount,
    }
    return {
        "order_id": order_id,
        "number": order_id,
        "customer_id": stored["customer_id"],
        "lines": [basket],
        "total": amount,
        "payment_method": "on_file",
        "ship_to": {"country": "", "contact": None},
    }
