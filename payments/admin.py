"""What do operators see of the money? A row for each payment; what happened to it is in the log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest

from events.display import NOTHING, Tone, badge, identifier, link
from events.money import Money
from events.panels import Panel, panel
from events.readonly import ReadOnlyAdmin
from payments.models import Payment
from payments.queries import payments_of_order

_TONES: dict[str, Tone] = {
    "authorised": "wait",
    "captured": "good",
    "unknown": "retry",
    "failed": "bad",
    "void": "back",
    "refunded": "back",
}
# ISO 4217: the code of no currency, where none was ever named.
_NONE = "XXX"


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin[Payment]):
    list_display = (
        "payment",
        "order",
        "stands",
        "authorised",
        "captured",
        "given_back",
        "provider_reference",
    )
    list_filter = ("status",)
    list_display_links = None
    search_fields = ("id",)
    search_help_text = "The id of a payment or of an order"
    found_by = ("id", "order_id")
    ordering = ("-id",)
    page_template = "admin/operators/row.html"

    def page_context(self, request: HttpRequest, row: Payment) -> dict[str, Any]:
        facts = [
            ("Status", self.stands(row)),
            ("Order", self.order(row)),
            ("Authorised", self.authorised(row)),
            ("Captured", self.captured(row)),
            ("Voided", _money(row.voided_minor, row.currency)),
            ("Refunded", _money(row.refunded_minor, row.currency)),
            ("Provider's reference", identifier(row.provider_reference)),
            ("Id", identifier(row.id, short=False)),
        ]
        return {"title": f"Payment …{str(row.id)[-8:]}", "facts": facts}

    @admin.display(description="payment")
    def payment(self, row: Payment) -> Any:
        return link(f"…{str(row.id)[-8:]}", "payments_payment", row.id)

    @admin.display(description="order")
    def order(self, row: Payment) -> Any:
        return link(f"…{str(row.order_id)[-8:]}", "orders_orderrow", row.order_id)

    @admin.display(description="status")
    def stands(self, row: Payment) -> Any:
        return _status(row)

    @admin.display(description="authorised")
    def authorised(self, row: Payment) -> Any:
        return _money(row.authorised_minor, row.currency)

    @admin.display(description="captured")
    def captured(self, row: Payment) -> Any:
        return _money(row.captured_minor, row.currency)

    @admin.display(description="voided or refunded")
    def given_back(self, row: Payment) -> Any:
        return _money(row.voided_minor + row.refunded_minor, row.currency)


@panel("payments", place=30, permission="payments.view_payment")
def payments_about(order_id: UUID) -> Panel:
    return Panel(
        heading="Payments",
        columns=("payment", "status", "authorised", "captured", "voided", "refunded", "reference"),
        rows=[_line(row) for row in payments_of_order(order_id)],
        nothing="Nothing was to be paid yet.",
    )


def _line(row: Payment) -> tuple[Any, ...]:
    amounts = (row.authorised_minor, row.captured_minor, row.voided_minor, row.refunded_minor)
    shown = link(f"…{str(row.id)[-8:]}", "payments_payment", row.id)
    return (
        shown,
        _status(row),
        *(_money(amount, row.currency) for amount in amounts),
        identifier(row.provider_reference),
    )


def _money(amount_minor: int, currency: str) -> Any:
    return Money(amount_minor, currency) if currency != _NONE else NOTHING


def _status(row: Payment) -> Any:
    words = f"{row.status}: {row.failure_code}" if row.failure_code else row.status
    return badge(words or NOTHING, _TONES.get(row.status, "bad"))
