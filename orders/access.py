"""Whose order is it? Who may see it, and who may move it?"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from events.actors import person_of
from events.api import not_found
from orders import queries
from orders.domain import Order
from orders.models import OrderRow


def is_staff(request: Request) -> bool:
    return bool(request.user.is_staff and request.user.has_perm("orders.view_orderrow"))


def reads_messages(request: Request) -> bool:
    """Whether commands, decisions and what they say may be shown too."""
    return is_staff(request) and request.user.has_perm("events.view_message")


def guest_order(request: Request) -> UUID | None:
    """The order that a guest's token is for."""
    order_id: UUID | None = getattr(request.user, "order_id", None)
    return order_id


def visible(request: Request) -> QuerySet[OrderRow]:
    """For lists: one's own, or for staff with the right to view orders all of them."""
    rows = queries.orders()
    if is_staff(request):
        return rows
    if order_id := guest_order(request):
        return rows.filter(id=order_id)
    person = person_of(request.user)
    # Orders of guests have no customer: nobody's orders are not everybody's.
    return rows.filter(customer_id=person) if person else rows.none()


def found(request: Request, order_id: UUID) -> Order:
    """The order as it is now. Raises `Problem` where there is none for this user."""
    order = queries.order(order_id)
    if order is None:
        raise not_found("order", order_id)
    require_sight(request, order)
    return order


def require_sight(request: Request, order: Order) -> None:
    """Raises `Problem`, the same one for what does not exist and for what belongs to somebody else."""
    if not (order.exists and (_is_own(request, order) or is_staff(request))):
        raise not_found("order", order.id)


def require(request: Request, permission: str, order: Order) -> None:
    """Raises `Problem` as above, and `PermissionDenied` for staff who lack what it needs with the orders of others."""
    require_sight(request, order)
    if not (_is_own(request, order) or request.user.has_perm(permission)):
        raise PermissionDenied


def _is_own(request: Request, order: Order) -> bool:
    person = person_of(request.user)
    return order.id == guest_order(request) or (person is not None and order.customer_id == person)
