"""The log, as it is stored and as this code reads it."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from events.display import Tone, badge, identifier, link, moment
from events.errors import EventsError, UnknownMessage
from events.messages import message_type, message_types
from events.models import Message
from events.queries import effects
from events.readonly import ReadOnlyAdmin, parsed_id
from events.upcasting import lifted

_TONES: dict[int, Tone] = {
    Message.Kind.EVENT: "good",
    Message.Kind.COMMAND: "wait",
    Message.Kind.DECISION: "back",
}
Choices = list[tuple[str, str]]


class NameFilter(admin.SimpleListFilter):
    """By stored name, of those that this code declares: what the table holds is not asked."""

    title = "name"
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(declared.name, declared.name) for declared in message_types()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(name=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    list_display = ("position", "what", "kind_badge", "about", "workflow", "actor", "said")
    list_filter = ("kind", NameFilter)
    search_fields = ("id",)
    search_help_text = "An id (of a message, an order or another workflow), or the name of a stream"
    ordering = ("-position",)
    page_template = "admin/operators/message.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("payload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(_found_by(search_term.strip())), False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Message | None:
        """By message id, which others refer to, or by position."""
        id = parsed_id(object_id)
        if id is not None:
            return Message.objects.filter(id=id).first()
        return Message.objects.filter(position=int(object_id)).first() if object_id.isdecimal() else None

    def page_context(self, request: HttpRequest, row: Message) -> dict[str, Any]:
        cause = (
            Message.objects.filter(id=row.causation_id).defer("payload").first() if row.causation_id else None
        )
        reading = _reading(row)
        return {
            "title": f"{row.name} {row.version}",
            "kind": self.kind_badge(row),
            "unknown": _is_unknown(row),
            "stored": _pretty(row.payload),
            "cause": cause,
            "effects": effects(row),
            "deliveries": row.deliveries.order_by("id"),
            **reading,
        }

    @admin.display(description="message")
    def what(self, row: Message) -> Any:
        shown = link(f"{row.name} {row.version}", "events_message", row.id)
        return shown + badge("unknown to this code", "bad") if _is_unknown(row) else shown

    @admin.display(description="kind")
    def kind_badge(self, row: Message) -> Any:
        return badge(row.get_kind_display(), _TONES.get(row.kind, "bad"))

    @admin.display(description="key")
    def about(self, row: Message) -> Any:
        return identifier(row.key)

    @admin.display(description="workflow")
    def workflow(self, row: Message) -> Any:
        return identifier(row.correlation_id)

    @admin.display(description="recorded", ordering="position")
    def said(self, row: Message) -> Any:
        return moment(row.recorded_at)


def _found_by(term: str) -> Q:
    """Only by what has an index."""
    id = parsed_id(term)
    if id is not None:
        return Q(id=id) | Q(correlation_id=id)
    if term.isdecimal():
        return Q(position=int(term))
    return Q(stream=term, stream_version__isnull=False)


def _reading(row: Message) -> dict[str, Any]:
    """The payload as today's code would say it, or why it cannot be read."""
    try:
        declared = message_type(row.name)
        payload = lifted(row.name, row.version, copy.deepcopy(row.payload))
        msgspec.convert(payload, type=declared.payload, strict=False)
    except (EventsError, msgspec.MsgspecError, ValueError, TypeError, LookupError) as error:
        return {"problem": f"{type(error).__name__}: {error}"}
    return (
        {"lifted": _pretty(payload), "current": declared.version} if declared.version != row.version else {}
    )


def _is_unknown(row: Message) -> bool:
    try:
        return row.version > message_type(row.name).version
    except UnknownMessage:
        return True


def _pretty(payload: Any) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)
