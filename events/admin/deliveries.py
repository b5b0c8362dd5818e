"""Which message is where, and what holds it up?"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from events.display import NOTHING, badge, link, masked, moment
from events.lanes import all_lanes
from events.models import Delivery
from events.readonly import ReadOnlyAdmin, parsed_id
from events.registry import registry
from events.standing import standing

D = TypeVar("D", bound=Delivery)


class HandlerFilter(admin.SimpleListFilter):
    """By handler, of those that this code declares."""

    title = "handler"
    parameter_name = "handler"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(handler.name, handler.name) for handler in registry]

    def queryset(self, request: HttpRequest, queryset: QuerySet[D]) -> QuerySet[D]:
        return queryset.filter(handler=self.value()) if self.value() else queryset


class LaneFilter(admin.SimpleListFilter):
    """By lane, of those that the setting names."""

    title = "lane"
    parameter_name = "lane"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(number), f"{group}/{number}") for group, number in all_lanes()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[D]) -> QuerySet[D]:
        lane = self.value() or ""
        return queryset.filter(lane=int(lane)) if lane.isdecimal() else queryset


class StandingFilter(admin.SimpleListFilter):
    """By what an operator asks for: stored states, and pending ones that failed before."""

    title = "state"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("pending", "pending"), ("retrying", "retrying"), ("dead", "dead letter"), ("done", "done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[D]) -> QuerySet[D]:
        match self.value():
            case "pending":
                return queryset.filter(state=Delivery.State.PENDING)
            case "retrying":
                return queryset.filter(state=Delivery.State.PENDING, last_error__isnull=False)
            case "dead":
                return queryset.filter(state=Delivery.State.DEAD)
            case "done":
                return queryset.filter(state=Delivery.State.DONE)
        return queryset


class DeliveryLists(ReadOnlyAdmin[D]):
    """What lists of deliveries have in common."""

    search_fields = ("message_id",)
    search_help_text = "The id of a message, or the number of a delivery"

    def get_queryset(self, request: HttpRequest) -> QuerySet[D]:
        return super().get_queryset(request).select_related("message").defer("message__payload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[D], search_term: str
    ) -> tuple[QuerySet[D], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isdecimal():
            return queryset.filter(id=int(term)), False
        id = parsed_id(term)
        return (queryset.filter(message_id=id) if id else queryset.none()), False

    @admin.display(description="message")
    def said(self, row: D) -> Any:
        return link(f"{row.message.name} {row.message.version}", "events_message", row.message_id)

    @admin.display(description="delivery")
    def number(self, row: D) -> Any:
        return link(row.pk, "events_delivery", row.pk)

    @admin.display(description="state")
    def stands(self, row: D) -> Any:
        now = standing(row)
        return format_html(
            '<div class="op-state">{} <span class="op-because">{}</span></div>',
            badge(now.word, now.tone),
            now.because,
        )

    @admin.display(description="due")
    def due(self, row: D) -> Any:
        return moment(row.due_at) if row.state == Delivery.State.PENDING else NOTHING

    @admin.display(description="failed")
    def failed(self, row: D) -> Any:
        return moment(row.failed_at)


@admin.register(Delivery)
class DeliveryAdmin(DeliveryLists[Delivery]):
    list_display = ("number", "said", "handler", "stands", "attempts", "due", "lane")
    list_filter = (StandingFilter, HandlerFilter, LaneFilter)
    list_display_links = None
    ordering = ("-id",)
    page_template = "admin/operators/delivery.html"

    def page_context(self, request: HttpRequest, row: Delivery) -> dict[str, Any]:
        error = row.last_error if isinstance(row.last_error, dict) else {}
        handler = registry.handler(row.handler)
        return {
            "title": f"Delivery {row.pk}",
            "stands": standing(row),
            "attempts_allowed": handler.backoff.attempts if handler else None,
            "unknown_handler": handler is None,
            "error_type": error.get("type"),
            "error_message": masked(str(error.get("message", ""))),
            "traceback": "\n".join(str(line) for line in error.get("traceback", ())),
            "may_replay": row.state == Delivery.State.DEAD
            and request.user.has_perm("events.replay_delivery"),
        }
