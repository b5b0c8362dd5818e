"""What did not succeed and will not be tried again by itself? Grouped by cause, and given another chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from events import jobs
from events.admin.deliveries import DeliveryLists, HandlerFilter
from events.display import link, page
from events.models import DeadLetter, Delivery
from events.queries import dead_letter_groups
from events.tasks import replay_dead_letters

# More than an operator can mean at once; the next ones are a second click away.
MOST_AT_ONCE = 10_000
_SAMPLE = 10


class ErrorFilter(admin.SimpleListFilter):
    """By class of error, of those that dead letters bear now."""

    title = "error"
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (error, error.rpartition(".")[2])
            for error in sorted({row["error"] or "" for row in dead_letter_groups()})
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> QuerySet[DeadLetter]:
        return queryset.filter(last_error__type=self.value()) if self.value() else queryset


@admin.register(DeadLetter)
class DeadLetterAdmin(DeliveryLists[DeadLetter]):
    list_display = ("number", "said", "handler", "stands", "attempts", "failed")
    list_filter = (ErrorFilter, HandlerFilter)
    list_display_links = None
    ordering = ("-failed_at",)
    actions = ("replay_selected",)
    change_list_template = "admin/operators/dead_letters.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        return super().get_queryset(request).filter(state=Delivery.State.DEAD)

    def get_urls(self) -> list[URLPattern]:
        replay = self.admin_site.admin_view(self.replay_view)
        return [path("replay/", replay, name="events_deadletter_replay"), *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("events.replay_delivery")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        groups = dead_letter_groups() if self.has_view_permission(request) else []
        more = {"groups": groups, "may_replay": self.has_replay_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A dead letter is a delivery; its page stays the same when it is replayed."""
        return redirect(page("events_delivery", object_id))

    @admin.action(description="Replay selected", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> HttpResponse:
        return self._confirm(request, queryset)

    def replay_view(self, request: HttpRequest) -> HttpResponse:
        """Freeze a group and ask, or request what was confirmed."""
        if request.method != "POST" or not self.has_replay_permission(request):
            raise PermissionDenied
        if "ids" in request.POST:
            ids = [int(id) for id in request.POST["ids"].split(",") if id.isdecimal()][:MOST_AT_ONCE]
            return self._request(request, ids[:1] if "first" in request.POST else ids)
        handler, error = request.POST.get("handler"), request.POST.get("error")
        if not handler or not error:
            messages.error(request, "Name a handler and an error: everything at once is never replayed.")
            return redirect(page("events_deadletter"))
        return self._confirm(
            request, self.get_queryset(request).filter(handler=handler, last_error__type=error)
        )

    def _confirm(self, request: HttpRequest, chosen: QuerySet[DeadLetter]) -> HttpResponse:
        """What is confirmed are these rows: later ones do not slip in."""
        ids = list(chosen.order_by("failed_at").values_list("id", flat=True)[:MOST_AT_ONCE])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Replay dead letters",
            "ids": ",".join(map(str, ids)),
            "count": len(ids),
            "is_cut": len(ids) == MOST_AT_ONCE,
            "sample": self.get_queryset(request).filter(id__in=ids[:_SAMPLE]).order_by("failed_at"),
        }
        return TemplateResponse(request, "admin/operators/replay.html", context)

    def _request(self, request: HttpRequest, ids: Sequence[int]) -> HttpResponseRedirect:
        ids = list(
            Delivery.objects.filter(id__in=ids, state=Delivery.State.DEAD).values_list("id", flat=True)
        )
        if not ids:
            messages.warning(request, "Nothing was requested: none of these is a dead letter any more.")
            return redirect(page("events_deadletter"))
        what = f"replay of {len(ids)} dead letter{'s' if len(ids) > 1 else ''}"
        try:
            job = jobs.request(
                replay_dead_letters, ids, user=int(request.user.pk or 0), about=DeadLetter, what=what
            )
        except jobs.BrokerIsDown as error:
            messages.error(request, str(error))
            return redirect(page("events_deadletter"))
        followed = link(f"Job {job[-8:]}", "django_celery_results_taskresult", job)
        messages.info(request, format_html("Requested: {}. {} tells what becomes of it.", what, followed))
        return redirect(page("django_celery_results_taskresult", job))
