"""What does orders remember for lists?"""

from __future__ import annotations

from typing import Any

from events.tables import projects
from orders.domain import Order
from orders.models import OrderRow


@projects(Order, into=OrderRow)
def order_row(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "number": order.number,
        "customer_id": order.customer_id,
        "status": order.status.value,
        "cancellation_requested": order.cancellation_is_requested,
        "cancel_reason": order.cancel_reason,
        "total_minor": order.total.amount_minor,
        "currency": order.total.currency,
        "line_count": len(order.lines),
        "units": sum(line.quantity for line in order.lines),
        "country": order.ship_to.country,
        "contact": order.ship_to.contact,
        "payment_method": order.payment_method,
        "placed_at": order.placed.placed_at if order.placed else None,
        "version": order.version,
    }
