"""What do operators see of the parcels?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from events.display import NOTHING, Tone, badge, identifier, link
from events.panels import Panel, panel
from events.readonly import ReadOnlyAdmin
from shipping.models import Shipment
from shipping.queries import shipments_of_order

_TONES: dict[str, Tone] = {"arranged": "good", "failed": "bad", "cancelled": "back"}


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin[Shipment]):
    list_display = ("shipment", "order", "stands", "carrier_name", "tracking_number", "estimated_delivery")
    list_filter = ("status",)
    list_display_links = None
    search_fields = ("id",)
    search_help_text = "The id of a shipment or of an order"
    found_by = ("id", "order_id")
    ordering = ("-id",)
    page_template = "admin/operators/row.html"

    def page_context(self, request: HttpRequest, row: Shipment) -> dict[str, Any]:
        facts = [
            ("Status", self.stands(row)),
            ("Order", self.order(row)),
            ("Carrier", row.carrier_name or NOTHING),
            ("Tracking number", identifier(row.tracking_number, short=False)),
            ("Estimated delivery", row.estimated_delivery or NOTHING),
            ("Why not", row.failure_reason or row.failure_code or NOTHING),
            ("Id", identifier(row.id, short=False)),
        ]
        return {"title": f"Shipment …{str(row.id)[-8:]}", "facts": facts}

    @admin.display(description="shipment")
    def shipment(self, row: Shipment) -> Any:
        return link(f"…{str(row.id)[-8:]}", "shipping_shipment", row.id)

    @admin.display(description="order")
    def order(self, row: Shipment) -> Any:
        return link(f"…{str(row.order_id)[-8:]}", "orders_orderrow", row.order_id)

    @admin.display(description="status")
    def stands(self, row: Shipment) -> Any:
        return badge(row.status, _TONES.get(row.status, "bad"))


@panel("shipping", place=40, permission="shipping.view_shipment")
def shipments_about(order_id: UUID) -> Panel:
    return Panel(
        heading="Shipments",
        columns=("shipment", "status", "carrier", "tracking number", "estimated delivery", "why not"),
        rows=[_line(row) for row in shipments_of_order(order_id)],
        nothing="No carrier was asked yet.",
    )


def _line(row: Shipment) -> tuple[Any, ...]:
    return (
        link(f"…{str(row.id)[-8:]}", "shipping_shipment", row.id),
        badge(row.status, _TONES.get(row.status, "bad")),
        row.carrier_name or NOTHING,
        identifier(row.tracking_number),
        row.estimated_delivery or NOTHING,
        row.failure_reason or row.failure_code or NOTHING,
    )
