"""Which tables do notifications keep?"""

from __future__ import annotations

from django.db import models


class Notification(models.Model):
    """The intent to tell a customer something, and what became of it. Its id is made from order, template and cause."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        SUPPRESSED = "suppressed"
        SUPERSEDED = "superseded"

    id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    template = models.TextField()
    cause = models.UUIDField(help_text="The message that gave reason to it.")
    status = models.TextField(choices=Status.choices)
    reason = models.TextField(help_text="Why it was not sent.")
    at = models.DateTimeField(help_text="Since when it has this status.")

    def __str__(self) -> str:
        return f"{self.template} {self.id}"
