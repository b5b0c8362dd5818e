"""What do operators see and do about orders? One page tells all of an order; the catalogue is edited here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from events.display import NOTHING, Tone, badge, identifier, link, moment, page
from events.errors import EventsError, Refusal
from events.execution import execute
from events.money import Money
from events.panels import notes_about, panels_about
from events.queries import timeline
from events.readonly import ReadOnlyAdmin, parsed_id
from orders import queries
from orders.commands import RequestCancellation
from orders.domain import Status
from orders.models import CatalogueItem, OrderRow

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin

_TONES: dict[str, Tone] = {"draft": "mute", "confirmed": "wait", "approved": "good", "cancelled": "back"}
_OPEN = {Status.DRAFT, Status.CONFIRMED}


@admin.register(CatalogueItem)
class CatalogueAdmin(ModelAdmin[CatalogueItem]):
    list_display = ("sku", "name", "kind", "unit_price", "currency", "active")
    list_filter = ("active", "kind")
    search_fields = ("sku", "name")
    show_full_result_count = False


class Cancellation(forms.Form):
    """Why the order is to be undone; the version is that of the order as it was looked at."""

    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="The customer's or yours; it stays with the order for ever, so name no person.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class OrderList(ChangeList):
    """A page of orders with what others say about them: one query each."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        sagas = notes_about("sagas", [str(row.pk) for row in self.result_list], request)
        for row in self.result_list:
            row.saga = sagas.get(str(row.pk), NOTHING)


@admin.register(OrderRow)
class OrderAdmin(ReadOnlyAdmin[OrderRow]):
    list_display = ("shown_number", "stands", "saga", "total", "customer", "country", "placed")
    list_filter = ("status", "cancellation_requested", "placed_at")
    list_display_links = None
    search_fields = ("number",)
    search_help_text = "The number of an order or how it begins, or the id of an order or a customer"
    ordering = ("-placed_at", "id")
    page_template = "admin/orders/order.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderList

    def get_urls(self) -> list[URLPattern]:
        cancel = self.admin_site.admin_view(self.cancellation_view)
        return [
            path("<path:object_id>/request-cancellation/", cancel, name="orders_cancellation"),
            *super().get_urls(),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OrderRow], search_term: str
    ) -> tuple[QuerySet[OrderRow], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        id = parsed_id(term)
        found = Q(id=id) | Q(customer_id=id) if id else Q(number__startswith=term)
        return queryset.filter(found), False

    def page_context(self, request: HttpRequest, row: OrderRow) -> dict[str, Any]:
        return {
            "title": f"Order {row.number}",
            "status": self.stands(row),
            "total": Money(row.total_minor, row.currency),
            "panels": panels_about(row.id, request),
            "entries": timeline(row.id) if request.user.has_perm("events.view_message") else None,
            "may_cancel": self.may_cancel(request, row),
            **_lines(row),
        }

    def may_cancel(self, request: HttpRequest, row: OrderRow) -> bool:
        allowed = request.user.has_perm("orders.request_cancellation")
        return allowed and row.status in _OPEN and not row.cancellation_requested

    def cancellation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.visible(request, object_id)
        if not request.user.has_perm("orders.request_cancellation"):
            raise PermissionDenied
        form = Cancellation(request.POST or None, initial={"version": row.version})
        if request.method == "POST" and form.is_valid():
            if form.cleaned_data["version"] != row.version:
                messages.error(request, "The order has changed since you looked; look again, then decide.")
            else:
                _request_cancellation(request, row, form.cleaned_data["reason"])
            return redirect(page("orders_orderrow", row.pk))
        context = self.context(request, row) | {
            "title": f"Request cancellation of {row.number}",
            "form": form,
        }
        return TemplateResponse(
            request, "admin/orders/cancel.html", context, status=400 if form.errors else 200
        )

    @admin.display(description="order", ordering="number")
    def shown_number(self, row: OrderRow) -> Any:
        return link(row.number, "orders_orderrow", row.pk)

    @admin.display(description="status")
    def stands(self, row: OrderRow) -> Any:
        asked = row.cancellation_requested and row.status in _OPEN
        return badge(
            f"{row.status}, cancellation requested" if asked else row.status, _TONES.get(row.status, "bad")
        )

    @admin.display(description="saga")
    def saga(self, row: OrderRow) -> Any:
        return row.saga  # type: ignore[attr-defined]  # set by OrderList

    @admin.display(description="total", ordering="total_minor")
    def total(self, row: OrderRow) -> Any:
        return Money(row.total_minor, row.currency)

    @admin.display(description="customer")
    def customer(self, row: OrderRow) -> Any:
        return identifier(row.customer_id)

    @admin.display(description="placed", ordering="placed_at")
    def placed(self, row: OrderRow) -> Any:
        return moment(row.placed_at)


def _lines(row: OrderRow) -> dict[str, Any]:
    """The lines as the order's events tell them; what this code cannot read is said, and the page stays."""
    try:
        order = queries.order(row.id)
    except EventsError as error:
        return {"problem": str(error)}
    return {"lines": order.lines if order else ()}


def _request_cancellation(request: HttpRequest, row: OrderRow, reason: str) -> None:
    try:
        execute(RequestCancellation(order_id=row.id, reason=reason))
    except Refusal as refusal:
        messages.error(request, f"Refused: {refusal}.")
    else:
        messages.info(request, "Cancellation requested. This page tells what becomes of it.")
