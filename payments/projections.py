"""What do payments remember for API and admin?"""

from __future__ import annotations

from typing import Any

from events.tables import projects
from payments import domain
from payments.events import Request
from payments.models import Payment

_DONE = {
    Request.REFUND: Payment.Status.REFUNDED,
    Request.CAPTURE: Payment.Status.CAPTURED,
    Request.VOID: Payment.Status.VOID,
    Request.AUTHORISE: Payment.Status.AUTHORISED,
}


@projects(domain.Payment, into=Payment)
def payment_row(payment: domain.Payment) -> dict[str, Any]:
    authorised = payment.statement.entry(Request.AUTHORISE)
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": _status(payment),
        "currency": payment.currency,
        "authorised_minor": _minor(payment, Request.AUTHORISE),
        "captured_minor": _minor(payment, Request.CAPTURE),
        "voided_minor": _minor(payment, Request.VOID),
        "refunded_minor": _minor(payment, Request.REFUND),
        "provider_reference": authorised.provider_reference if authorised else None,
        "failure_code": payment.failure.code if payment.failure else None,
    }


def _status(payment: domain.Payment) -> Payment.Status:
    done = next((status for kind, status in _DONE.items() if payment.statement.entry(kind)), None)
    if payment.unanswered and (done is None or done is Payment.Status.AUTHORISED):
        return Payment.Status.UNKNOWN
    if done is None:
        return Payment.Status.VOID if payment.is_void else Payment.Status.FAILED
    return done


def _minor(payment: domain.Payment, kind: Request) -> int:
    entry = payment.statement.entry(kind)
    return entry.amount.amount_minor if entry else 0
