"""What does orders store beside the log? The catalogue, the numbers that are taken, and a row per order for lists."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Upper

from orders.currencies import CURRENCIES
from orders.domain import Status
from orders.events import LineKind
from orders.lines import LONGEST_CODE, normalized


def validate_currency(code: str) -> None:
    if code not in CURRENCIES:
        raise ValidationError("%(code)s is no currency code of ISO 4217.", params={"code": code})


class CatalogueItem(models.Model):
    """What can be ordered by SKU, at our price. What an order already names keeps the price it was placed at."""

    sku = models.CharField(max_length=LONGEST_CODE, unique=True, help_text="Kept in upper case.")
    name = models.CharField(max_length=1000)
    kind = models.CharField(
        max_length=16, choices=[(kind.value, kind.value) for kind in LineKind], default="product"
    )
    unit_price = models.DecimalField(
        max_digits=16,
        decimal_places=4,
        help_text="Up to four decimals; negative for discounts and vouchers only.",
    )
    currency = models.CharField(max_length=3, validators=[validate_currency])
    active = models.BooleanField(default=True, help_text="Whether it can be ordered now.")

    class Meta:
        ordering: ClassVar = ["sku"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(sku=Upper("sku")), name="orders_catalogue_sku_is_upper_case"
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0) | models.Q(kind__in=["discount", "voucher"]),
                name="orders_catalogue_only_reductions_are_negative",
                violation_error_message="Only discounts and vouchers may have a negative price.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    def clean_fields(self, *args: Any, **kwargs: Any) -> None:
        self._normalize()
        super().clean_fields(*args, **kwargs)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._normalize()
        super().save(*args, **kwargs)

    def _normalize(self) -> None:
        self.sku, self.currency = normalized(self.sku), self.currency.strip().upper()


class OrderNumber(models.Model):
    """Which order has a number: the rule that no two have the same, kept by the database."""

    number = models.TextField(primary_key=True)
    order_id = models.UUIDField()

    def __str__(self) -> str:
        return self.number


class OrderRow(models.Model):
    """An order for lists and searches: an inline projection, never read to decide, rebuilt at will."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField(db_index=True)
    customer_id = models.UUIDField(null=True)
    status = models.TextField(choices=[(status.value, status.value) for status in Status])
    cancellation_requested = models.BooleanField()
    cancel_reason = models.TextField()
    total_minor = models.BigIntegerField()
    currency = models.TextField()
    line_count = models.IntegerField()
    units = models.BigIntegerField(help_text="The quantities of all lines.")
    country = models.TextField()
    contact = models.UUIDField(null=True)
    payment_method = models.TextField()
    placed_at = models.DateTimeField(null=True)
    version = models.IntegerField(help_text="Of the order's stream.")

    class Meta:
        db_table = "orders_order"
        verbose_name = "order"
        permissions: ClassVar = [("request_cancellation", "Can request the cancellation of an order")]
        # None of them names what changes in an order's life: its updates stay on their page.
        indexes: ClassVar = [
            models.Index(fields=["-placed_at", "id"], name="orders_order_newest_first"),
            models.Index(fields=["customer_id", "-placed_at"], name="orders_order_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number
