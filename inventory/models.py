"""What does the stock store? A level for each SKU, and every movement that led to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Stock(models.Model):
    """What is on hand of a SKU and how much of that is set aside; written by `inventory.ledger` only.

    The database refuses what would oversell, whoever decided it.
    """

    sku = models.TextField(primary_key=True)
    on_hand = models.BigIntegerField()
    reserved = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "stock"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0) & models.Q(reserved__lte=models.F("on_hand")),
                name="inventory_stock_is_not_oversold",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class LedgerEntry(models.Model):
    """One movement of one SKU with the balances after it. The database refuses UPDATE and DELETE.

    In the order of `id` the entries of one SKU follow one another without a gap: each is written under the lock of its
    stock row. A commitment moves nothing and is noted all the same.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt"
        ADJUST = "adjust"
        RESERVE = "reserve"
        RELEASE = "release"
        COMMIT = "commit"

    sku = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    on_hand = models.BigIntegerField(help_text="By how much on hand changed.")
    reserved = models.BigIntegerField(help_text="By how much reserved changed.")
    on_hand_after = models.BigIntegerField()
    reserved_after = models.BigIntegerField()
    cause = models.UUIDField(help_text="The message that asked for it.")
    reservation_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints: ClassVar = [
            # Of several movements in one batch each one has to be possible, not only their sum.
            models.CheckConstraint(
                condition=models.Q(reserved_after__gte=0)
                & models.Q(reserved_after__lte=models.F("on_hand_after")),
                name="inventory_ledger_was_never_oversold",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["sku", "id"], name="inventory_ledger_by_sku")]

    def __str__(self) -> str:
        return f"{self.kind} {self.sku} {self.on_hand:+}/{self.reserved:+}"
