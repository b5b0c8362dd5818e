"""What can be asked about notifications?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from events.lookups import Lookup
from notifications.models import Notification


def notifications_of_order(order_id: UUID) -> QuerySet[Notification]:
    return Notification.objects.filter(order_id=order_id).order_by("at")


def _fetch(order_ids: Collection[Any]) -> Mapping[Any, Any]:
    found: dict[UUID, dict[UUID, tuple[str, str]]] = {}
    for row in Notification.objects.filter(order_id__in=order_ids):
        found.setdefault(row.order_id, {})[row.id] = (row.template, row.status)
    return found


# By order: the template and status of each of its notifications.
statuses_of_orders = Lookup("notifications_of_orders", _fetch, default={})
