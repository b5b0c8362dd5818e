"""What can be asked about payments?"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from payments.models import Payment


def payments_of_order(order_id: UUID) -> QuerySet[Payment]:
    """The payments of an order, oldest first as their ids are."""
    return Payment.objects.filter(order_id=order_id).order_by("id")
