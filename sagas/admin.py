"""What do operators see of a saga? Where it stands, what it waits for and why, and how it came there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from events.display import NOTHING, Tone, badge, identifier, link, moment
from events.panels import Panel, notes, panel
from events.queries import unheard
from events.readonly import ReadOnlyAdmin
from sagas import queries
from sagas.drawing import described, drawing
from sagas.looks import Look
from sagas.models import SagaRow
from sagas.runner import running
from sagas.story import story

_TONES: dict[str, Tone] = {
    "running": "wait",
    "turning back": "back",
    "completed": "good",
    "compensated": "back",
}
_HEALTH = {"open": queries.open_sagas, "human": queries.needing_a_human, "retrying": queries.retrying}


class HealthFilter(admin.SimpleListFilter):
    """By what an operator looks for first."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("human", "needs a human"), ("retrying", "retrying"), ("open", "not ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SagaRow]) -> QuerySet[SagaRow]:
        chosen = _HEALTH.get(self.value() or "")
        return queryset & chosen() if chosen else queryset


class SagaFilter(admin.SimpleListFilter):
    """By name, of those that this code defines."""

    title = "saga"
    parameter_name = "saga"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(running)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SagaRow]) -> QuerySet[SagaRow]:
        return queryset.filter(saga=self.value()) if self.value() else queryset


class SagaList(ChangeList):
    """A page of sagas with what they wait for: one query for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        waits = queries.awaited(self.result_list)
        for row in self.result_list:
            row.waits = waits[row.stream]


@admin.register(SagaRow)
class SagaAdmin(ReadOnlyAdmin[SagaRow]):
    list_display = ("what", "health", "stands", "reason", "waiting", "age", "changed")
    list_filter = (HealthFilter, "status", SagaFilter)
    list_display_links = None
    search_fields = ("key",)
    search_help_text = "What the saga is about: the id of an order"
    ordering = ("-started_at",)
    page_template = "admin/sagas/saga.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SagaList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SagaRow], search_term: str
    ) -> tuple[QuerySet[SagaRow], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        # By the primary key and by (saga, key): both have an index.
        return queryset.filter(Q(stream=term) | Q(saga__in=list(running), key=term.lower())), False

    def page_context(self, request: HttpRequest, row: SagaRow) -> dict[str, Any]:
        waits = queries.awaited([row])[row.stream]
        told = story(row.stream)
        workflow = told.chapters[0].message.correlation_id if told.chapters else None
        is_open = workflow is not None and row.ended_at is None
        return {
            "title": f"Saga {row.saga}",
            "health_badge": badge(*queries.health(row, waits)),
            "status_badge": _status(row),
            "waits": waits,
            "unheard": unheard(workflow, f"sagas.{row.saga}") if workflow and is_open else [],
            "story": told,
            "workflow": workflow,
            **_picture(row, waits),
        }

    @admin.display(description="saga")
    def what(self, row: SagaRow) -> Any:
        return format_html("{} {}", link(row.saga, "sagas_sagarow", row.stream), identifier(row.key))

    @admin.display(description="health")
    def health(self, row: SagaRow) -> Any:
        return badge(*queries.health(row, row.waits))  # type: ignore[attr-defined]  # set by SagaList

    @admin.display(description="status")
    def stands(self, row: SagaRow) -> Any:
        return _status(row)

    @admin.display(description="waiting for")
    def waiting(self, row: SagaRow) -> Any:
        waits: list[queries.Awaited] = row.waits  # type: ignore[attr-defined]  # set by SagaList
        if not waits:
            return NOTHING
        return format_html_join(
            mark_safe("<br>"), '{} <span class="op-because">{}</span>', ((w.what, w.cause) for w in waits)
        )

    @admin.display(description="started", ordering="started_at")
    def age(self, row: SagaRow) -> Any:
        return moment(row.started_at)

    @admin.display(description="changed")
    def changed(self, row: SagaRow) -> Any:
        return moment(row.changed_at)


@panel("sagas", place=10, permission="sagas.view_sagarow")
def sagas_about(key: UUID) -> Panel:
    rows = list(SagaRow.objects.filter(saga__in=list(running), key=str(key)))
    waits = queries.awaited(rows)
    return Panel(
        heading="Saga",
        columns=("saga", "health", "status", "reason", "waiting for", "changed"),
        rows=[_line(row, waits[row.stream]) for row in rows],
        nothing="No saga has begun: it starts when the order is confirmed.",
    )


@notes("sagas", permission="sagas.view_sagarow")
def statuses(keys: Collection[str]) -> Mapping[str, Any]:
    rows = SagaRow.objects.filter(saga__in=list(running), key__in=keys)
    return {
        row.key: format_html("{} {}", link(row.saga, "sagas_sagarow", row.stream), _status(row))
        for row in rows
    }


def _picture(row: SagaRow, waits: list[queries.Awaited]) -> dict[str, Any]:
    """The drawing and its words; of a saga that this code does not define only the steps as they are stored."""
    saga, steps = queries.definition(row.saga), row.steps if isinstance(row.steps, dict) else {}
    if saga is None:
        return {"steps": steps}
    troubles = {
        (wait.step, wait.direction): Look(
            wait.cause.tone, "✗" if wait.cause.tone == "bad" else "↻", wait.cause.word
        )
        for wait in waits
        if wait.cause.tone in {"bad", "retry"}
    }
    picture = drawing(saga, steps, status=row.status, troubles=troubles)
    words = described(saga, steps, status=row.status, troubles=troubles)
    return {"picture": mark_safe(picture), "in_words": words, "steps": steps}  # noqa: S308 (escaped where it is drawn)


def _line(row: SagaRow, waits: list[queries.Awaited]) -> tuple[Any, ...]:
    waiting = "; ".join(f"{wait.what}: {wait.cause}" for wait in waits) or NOTHING
    health = badge(*queries.health(row, waits))
    return (
        link(row.saga, "sagas_sagarow", row.stream),
        health,
        _status(row),
        row.reason or NOTHING,
        waiting,
        moment(row.changed_at),
    )


def _status(row: SagaRow) -> SafeString:
    return badge(row.status, _TONES.get(row.status, "bad"))
