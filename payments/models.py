"""Which tables do payments keep? A row for API and admin; and, as if it were elsewhere, the sandbox processor's ledger."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Payment(models.Model):
    """A payment as it stands: an inline projection, never read to decide."""

    class Status(models.TextChoices):
        VOID = "void"
        FAILED = "failed"
        UNKNOWN = "unknown"
        AUTHORISED = "authorised"
        CAPTURED = "captured"
        REFUNDED = "refunded"

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    status = models.TextField(choices=Status.choices)
    currency = models.TextField(help_text="XXX where it was never named.")
    authorised_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    voided_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    provider_reference = models.TextField(null=True, help_text="Of the authorisation.")
    failure_code = models.TextField(null=True)

    def __str__(self) -> str:
        return f"payment {self.id}"


class SandboxEntry(models.Model):
    """What the sandbox processor did. Nobody but the sandbox and `export_ledger` reads or writes it."""

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    kind = models.TextField()
    order_id = models.UUIDField(help_text="As it was told.")
    payment_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    currency = models.TextField()
    provider_reference = models.TextField()
    payment_method = models.TextField(help_text="Of the authorisation: it tells the sandbox how to behave.")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "sandbox entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment_id", "kind"], name="payments_sandbox_once_per_kind"),
            # A capture and a void that arrive together: one of them is too late.
            models.UniqueConstraint(
                fields=["payment_id"],
                condition=models.Q(kind__in=["capture", "void"]),
                name="payments_sandbox_captured_or_voided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SandboxSilence(models.Model):
    """A request that the sandbox has left unanswered and undone; the next one with this key is answered."""

    key = models.TextField(primary_key=True)

    def __str__(self) -> str:
        return self.key
