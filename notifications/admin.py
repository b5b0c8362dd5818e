"""What do operators see of the mail? That it was meant to be sent, and what became of it; never to whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin

from events.display import NOTHING, Tone, badge, link, masked, moment
from events.panels import Panel, panel
from events.readonly import ReadOnlyAdmin
from notifications.models import Notification
from notifications.queries import notifications_of_order

_TONES: dict[str, Tone] = {
    "queued": "wait",
    "sent": "good",
    "failed": "bad",
    "suppressed": "mute",
    "superseded": "mute",
}


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin[Notification]):
    list_display = ("notification", "order", "stands", "why", "since")
    list_filter = ("status",)
    list_display_links = None
    search_fields = ("id",)
    search_help_text = "The id of a notification or of an order"
    found_by = ("id", "order_id")
    ordering = ("-id",)
    page_template = "admin/operators/row.html"

    def page_context(self, request: Any, row: Notification) -> dict[str, Any]:
        facts = [
            ("Status", self.stands(row)),
            ("Since", moment(row.at)),
            ("Order", self.order(row)),
            ("Because of", link("the message", "events_message", row.cause)),
            ("Why not", masked(row.reason) or NOTHING),
        ]
        return {"title": f"Notification {row.template}", "facts": facts}

    @admin.display(description="template")
    def notification(self, row: Notification) -> Any:
        return link(row.template, "notifications_notification", row.id)

    @admin.display(description="order")
    def order(self, row: Notification) -> Any:
        return link(f"…{str(row.order_id)[-8:]}", "orders_orderrow", row.order_id)

    @admin.display(description="status")
    def stands(self, row: Notification) -> Any:
        return badge(row.status, _TONES.get(row.status, "bad"))

    @admin.display(description="why not")
    def why(self, row: Notification) -> Any:
        return masked(row.reason) or NOTHING

    @admin.display(description="since")
    def since(self, row: Notification) -> Any:
        return moment(row.at)


@panel("notifications", place=50, permission="notifications.view_notification")
def notifications_about(order_id: UUID) -> Panel:
    return Panel(
        heading="Notifications",
        columns=("template", "status", "since", "why not"),
        rows=[
            (
                link(row.template, "notifications_notification", row.id),
                badge(row.status, _TONES.get(row.status, "bad")),
                moment(row.at),
                masked(row.reason) or NOTHING,
            )
            for row in notifications_of_order(order_id)
        ],
        nothing="No mail was meant to be sent yet.",
    )
