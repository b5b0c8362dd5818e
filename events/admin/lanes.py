"""Who drains which lane, and who listens since when?"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from events.display import NOTHING, badge, moment
from events.models import Handler, Lane
from events.panels import Panel
from events.queries import MOST_COUNTED, Backlog, backlog
from events.readonly import ReadOnlyAdmin
from events.registry import registry


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin[Lane]):
    """All lanes on one page: they are few."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        panel = Panel(
            heading="Lanes",
            columns=("lane", "group", "held", "by", "lease", "due now", "longest due"),
            rows=[
                _row(lane, held)
                for lane, held in zip(Lane.objects.order_by("number"), backlog(), strict=False)
            ],
            nothing="There are no lanes: run migrate.",
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Lanes",
            "panels": [panel],
        }
        return TemplateResponse(request, "admin/operators/panels.html", {**context, **(extra_context or {})})


@admin.register(Handler)
class HandlerAdmin(ReadOnlyAdmin[Handler]):
    list_display = ("name", "declared", "listens_to", "since", "attempts", "reaches_outside")
    list_display_links = None
    search_fields = ("name",)
    ordering = ("name",)

    @admin.display(description="state")
    def declared(self, row: Handler) -> Any:
        if row.paused:
            return badge("paused", "retry")
        return (
            badge("declared", "good") if registry.handler(row.name) else badge("unknown to this code", "bad")
        )

    @admin.display(description="messages")
    def listens_to(self, row: Handler) -> str:
        handler = registry.handler(row.name)
        return ", ".join(handler.messages) if handler else NOTHING

    @admin.display(description="attempts")
    def attempts(self, row: Handler) -> Any:
        handler = registry.handler(row.name)
        return handler.backoff.attempts if handler else NOTHING

    @admin.display(description="calls outside")
    def reaches_outside(self, row: Handler) -> str:
        handler = registry.handler(row.name)
        return "yes" if handler is not None and handler.call is not None else NOTHING


def _row(lane: Lane, now: Backlog) -> tuple[Any, ...]:
    held = badge("held", "good") if now.held else badge("free", "wait" if now.due else "mute")
    due = f"{MOST_COUNTED:,} or more" if now.due == MOST_COUNTED else now.due
    by = f"connection {lane.backend}" if now.held else NOTHING
    return (
        lane.number,
        lane.group,
        held,
        by,
        moment(lane.lease_until) if now.held else NOTHING,
        due,
        moment(now.oldest),
    )
