"""What do operators see of the stock? Levels, and every movement with the balances after it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.display import link, moment
from events.models import Message
from events.panels import Panel, panel
from events.readonly import ReadOnlyAdmin
from inventory import queries
from inventory.models import LedgerEntry, Stock
from inventory.quantities import normalized

_SHOWN = 200
_TOLD = (
    "inventory.inventory_reserved",
    "inventory.inventory_reservation_failed",
    "inventory.inventory_released",
    "inventory.inventory_committed",
)


@admin.register(Stock)
class StockAdmin(ReadOnlyAdmin[Stock]):
    list_display = ("item", "on_hand", "reserved", "available")
    list_display_links = None
    search_fields = ("sku",)
    search_help_text = "A SKU, or how it begins"
    ordering = ("sku",)
    page_template = "admin/operators/row.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Stock], search_term: str
    ) -> tuple[QuerySet[Stock], bool]:
        begins = normalized(search_term)
        return (queryset.filter(sku__startswith=begins) if begins else queryset), False

    def page_context(self, request: HttpRequest, row: Stock) -> dict[str, Any]:
        facts = [("On hand", row.on_hand), ("Reserved", row.reserved), ("Available", row.available)]
        return {"title": f"Stock of {row.sku}", "facts": facts, "panels": [_ledger(row.sku)]}

    @admin.display(description="SKU", ordering="sku")
    def item(self, row: Stock) -> Any:
        return link(row.sku, "inventory_stock", row.sku)


@panel("inventory", place=20, permission="inventory.view_stock")
def reservation_of(order_id: UUID) -> Panel:
    """What the stock told about the order; reservations have no row of their own."""
    told = Message.objects.filter(correlation_id=order_id, name__in=_TOLD).order_by("position")
    return Panel(
        heading="Reservation",
        columns=("what", "lines", "when"),
        rows=[
            (_link(message), _goods(message.payload), moment(message.recorded_at))
            for message in told[:_SHOWN]
        ],
        nothing="Nothing was reserved.",
    )


def _ledger(sku: str) -> Panel:
    newest = list(queries.ledger(sku).reverse()[:_SHOWN])
    return Panel(
        heading="Ledger, the newest movement first",
        columns=("when", "kind", "on hand", "reserved", "on hand after", "reserved after", "cause"),
        rows=[_movement(entry) for entry in newest],
        nothing="It has never moved.",
        more=[f"These are the last {_SHOWN} movements."] if len(newest) == _SHOWN else [],
    )


def _movement(entry: LedgerEntry) -> tuple[Any, ...]:
    balances = entry.on_hand_after, entry.reserved_after
    cause = link(f"…{str(entry.cause)[-8:]}", "events_message", entry.cause)
    return (moment(entry.at), entry.kind, f"{entry.on_hand:+}", f"{entry.reserved:+}", *balances, cause)


def _link(message: Message) -> Any:
    return link(message.name.rpartition(".")[2].replace("_", " "), "events_message", message.id)


def _goods(payload: Any) -> str:
    """As stored: this page shows also what this code cannot read."""
    stored = payload if isinstance(payload, dict) else {}
    lines = [f"{line.get('quantity')} of {line.get('sku')}" for line in stored.get("lines") or ()]
    lacked = [
        f"{one.get('sku')}: {one.get('wanted')} wanted, {one.get('available')} there"
        for one in stored.get("missing") or ()
    ]
    said = lines + lacked
    return ", ".join(said[:10]) + (f" and {len(said) - 10} more" if len(said) > 10 else "") or "nothing"
