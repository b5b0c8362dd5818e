"""How do notifications react to orders?

"Order confirmed" is written when an order is approved, not when it is confirmed: only then is it certain. An order that was
cancelled is never approved, so that nobody reads "confirmed" after "cancelled".
"""

from __future__ import annotations

from uuid import UUID

from events import send, subscribe
from events.unit import current_unit
from notifications.commands import SendMail
from notifications.domain import Template, notification_id
from notifications.models import Notification
from notifications.projections import note
from orders.events import OrderApproved, OrderCancelled


@subscribe(OrderApproved, name="notifications.confirm_by_mail")
def confirm_by_mail(event: OrderApproved) -> None:
    _write(Template.ORDER_CONFIRMED, order_id=event.order_id, contact=event.contact, number=event.number)


@subscribe(OrderCancelled, name="notifications.cancel_by_mail")
def cancel_by_mail(event: OrderCancelled) -> None:
    _write(Template.ORDER_CANCELLED, order_id=event.order_id, contact=event.contact, number=event.number)


def _write(template: Template, *, order_id: UUID, contact: UUID | None, number: str) -> None:
    cause = current_unit().cause
    assert cause is not None
    id = notification_id(order_id=order_id, template=template, cause=cause.id)
    status = Notification.Status.QUEUED if contact else Notification.Status.SUPPRESSED
    reason = "" if contact else "nobody to write to"
    note(id=id, order_id=order_id, template=template, cause=cause.id, status=status, reason=reason)
    if contact:
        send(
            SendMail(order_id=order_id, notification_id=id, template=template, contact=contact, number=number)
        )
