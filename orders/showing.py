"""How is an order told to a client: its axes, a sentence for the customer, and what is allowed now?"""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from events.money import Money
from orders.domain import Order, Status
from orders.models import OrderRow
from orders.serializers import OrderDocument, OrderSummary, Standing

_SENTENCES = {
    Status.DRAFT: "Your order is not confirmed yet.",
    Status.CONFIRMED: "We have your order and are preparing it.",
    Status.APPROVED: "Your order is paid and on its way to you.",
    Status.CANCELLED: "Your order is cancelled.",
}


def document(order: Order, standing: Standing) -> dict[str, Any]:
    """The order, whole."""
    shown = {
        **_axes(order.status, order.total, standing),
        "id": order.id,
        "number": order.number,
        "correlation_id": order.id,
        "cancellation_requested": order.cancellation_is_requested,
        "total": order.total,
        "line_count": len(order.lines),
        "placed_at": order.placed.placed_at if order.placed else None,
        "version": order.version,
        "message": _sentence(order, standing),
        "cancel_reason": order.cancel_reason,
        "customer_id": order.customer_id,
        "ship_to": order.ship_to,
        "lines": order.lines,
        "links": _links(order),
    }
    return dict(OrderDocument(shown).data)


def summary(row: OrderRow, standing: Standing) -> dict[str, Any]:
    """The order, for a list."""
    total = Money(row.total_minor, row.currency)
    shown = {
        **_axes(Status(row.status), total, standing),
        "id": row.id,
        "number": row.number,
        "correlation_id": row.id,
        "cancellation_requested": row.cancellation_requested,
        "total": total,
        "line_count": row.line_count,
        "placed_at": row.placed_at,
        "version": row.version,
        "href": reverse("order", args=[row.id]),
    }
    return dict(OrderSummary(shown).data)


def _axes(status: Status, total: Money, standing: Standing) -> dict[str, str]:
    is_due = status is Status.CONFIRMED and bool(total)
    return {
        "status": status.value,
        "payment_status": standing.payment or ("pending" if is_due else "none"),
        "fulfilment_status": standing.fulfilment or "unfulfilled",
        "saga_status": standing.saga or "none",
    }


def _sentence(order: Order, standing: Standing) -> str:
    if order.status is Status.CONFIRMED and order.cancellation_is_requested:
        return "You asked us to cancel your order; we are taking everything back."
    if order.status is Status.CONFIRMED and standing.saga == "turning_back":
        return "Your order could not be carried out; we are taking everything back."
    if order.status is Status.CANCELLED and standing.payment == "failed":
        return "Your order is cancelled: the payment did not succeed."
    return _SENTENCES[order.status]


def _links(order: Order) -> dict[str, Any]:
    here = reverse("order", args=[order.id])
    actions = [{"name": name, "method": "POST", "href": f"{here}/{name}"} for name in order.allowed]
    return {"self": here, "timeline": f"{here}/timeline", "contact": f"{here}/contact", "actions": actions}
