"""How far are payment, parcel and saga of these orders? Contexts do not know of each other; here they are put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from orders.serializers import Standing
from payments.models import Payment
from sagas.models import SagaRow
from shipping.models import Shipment


def standing(order_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """Three queries, however many orders."""
    payments = _by_order(Payment.objects.filter(order_id__in=order_ids))
    arranged = Shipment.objects.filter(order_id__in=order_ids, status=Shipment.Status.ARRANGED)
    parcels = set(arranged.values_list("order_id", flat=True))
    keys = [str(id) for id in order_ids]
    sagas = dict(SagaRow.objects.filter(saga="order", key__in=keys).values_list("key", "status"))
    return {
        id: Standing(
            payment=_payment(payments.get(id, [])),
            fulfilment="arranged" if id in parcels else None,
            saga=sagas[str(id)].replace(" ", "_") if str(id) in sagas else None,
        )
        for id in order_ids
    }


def _by_order(payments: Iterable[Payment]) -> dict[UUID, list[Payment]]:
    found: dict[UUID, list[Payment]] = {}
    for payment in payments:
        found.setdefault(payment.order_id, []).append(payment)
    return found


def _payment(payments: list[Payment]) -> str | None:
    """Of several attempts the one that came furthest."""
    words = [_word(payment) for payment in payments]
    ranks = ("none", "failed", "refunded", "pending", "authorised", "part_refunded", "paid")
    return max(words, key=ranks.index, default=None)


def _word(payment: Payment) -> str:
    match Payment.Status(payment.status):
        case Payment.Status.CAPTURED | Payment.Status.REFUNDED if payment.refunded_minor:
            return "refunded" if payment.refunded_minor >= payment.captured_minor else "part_refunded"
        case Payment.Status.CAPTURED | Payment.Status.REFUNDED:
            return "paid"
        case Payment.Status.AUTHORISED:
            return "authorised"
        case Payment.Status.UNKNOWN:
            return "pending"
        case Payment.Status.FAILED:
            return "failed"
        case Payment.Status.VOID:
            return "none"
