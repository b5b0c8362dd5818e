"""What does the API store? Which requests were carried out, and what they were answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class ObeyedRequest(models.Model):
    """The answer to a request that changed something, so that asking again changes nothing; kept for 72 hours.

    Written in the transaction of the change. The body is kept as it was sent, byte by byte.
    """

    user = models.TextField()
    method = models.TextField()
    path = models.TextField()
    key = models.TextField()
    fingerprint = models.TextField(
        help_text="Of the request's body: the same key with another body is refused."
    )
    status = models.SmallIntegerField()
    body = models.TextField()
    headers = models.JSONField()
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name = "obeyed request"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "method", "path", "key"], name="config_request_is_obeyed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
