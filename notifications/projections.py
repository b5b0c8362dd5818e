"""What do notifications remember? Plain rows, written in the flush that also stores what was told about them."""

from __future__ import annotations

from uuid import UUID

from events.tables import ModelTable
from events.unit import current_unit
from notifications.models import Notification

_table = ModelTable(Notification)


def note(
    *, id: UUID, order_id: UUID, template: str, cause: UUID, status: Notification.Status, reason: str = ""
) -> None:
    """Have the flush write how a notification stands."""
    current_unit().write(
        _table,
        {
            "id": id,
            "order_id": order_id,
            "template": template,
            "cause": cause,
            "status": status,
            "reason": reason,
            "at": current_unit().now(),
        },
    )
