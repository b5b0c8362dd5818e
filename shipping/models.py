"""Which tables does shipping keep? A row for API and admin; and, as if it were elsewhere, the sandbox carrier's book."""

from __future__ import annotations

from django.db import models


class Shipment(models.Model):
    """A shipment as it stands: an inline projection, never read to decide."""

    class Status(models.TextChoices):
        ARRANGED = "arranged"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    status = models.TextField(choices=Status.choices)
    carrier_name = models.TextField(null=True)
    tracking_number = models.TextField(null=True)
    estimated_delivery = models.DateField(null=True)
    failure_code = models.TextField(null=True)
    failure_reason = models.TextField(null=True)

    def __str__(self) -> str:
        return f"shipment {self.id}"


class SandboxBooking(models.Model):
    """What the sandbox carrier has booked. Nobody but the sandbox reads or writes it."""

    shipment_id = models.UUIDField(primary_key=True)
    key = models.TextField(unique=True)
    order_id = models.UUIDField(help_text="As it was told.")
    country = models.TextField()
    carrier_name = models.TextField()
    tracking_number = models.TextField()
    estimated_delivery = models.DateField()
    at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.tracking_number
