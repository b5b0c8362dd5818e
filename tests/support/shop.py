"""Orders and stock to test with."""

from typing import Any
from uuid import UUID, uuid4

from inventory.commands import SkuQuantity
from orders.commands import LineKind, PlaceOrder, RequestedLine, ShipTo


def line(unit_price: str = "10.00", quantity: int = 1, **fields: Any) -> RequestedLine:
    told: dict[str, Any] = {
        "line_id": uuid4(),
        "kind": LineKind.PRODUCT,
        "sku": "MUG",
        "name": "A mug",
    } | fields
    return RequestedLine(unit_price=unit_price, quantity=quantity, **told)


def an_order(*lines: RequestedLine, order_id: UUID | None = None, **fields: Any) -> PlaceOrder:
    order_id = order_id or uuid4()
    told: dict[str, Any] = {
        "lines": lines or (line(),),
        "number": f"T-{order_id}",
        "customer_id": None,
        "currency": "GBP",
        "payment_method": "tok_ok",
        "ship_to": ShipTo(country="United Kingdom"),
    }
    return PlaceOrder(order_id=order_id, **(told | fields))


def units(**quantities: int) -> tuple[SkuQuantity, ...]:
    """`units(MUG=2)`: two mugs."""
    return tuple(SkuQuantity(sku=sku, quantity=quantity) for sku, quantity in quantities.items())
