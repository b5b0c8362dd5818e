"""What can be asked about shipments?"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from shipping.models import Shipment


def shipments_of_order(order_id: UUID) -> QuerySet[Shipment]:
    return Shipment.objects.filter(order_id=order_id).order_by("id")
