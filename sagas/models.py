"""Which rows do people look at? One for each saga, written with its decisions and never read to decide."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SagaRow(models.Model):
    """Where a saga stands; its history is its stream in the log."""

    class Status(models.TextChoices):
        RUNNING = "running"
        TURNING_BACK = "turning back"
        COMPLETED = "completed"
        COMPENSATED = "compensated"

    stream = models.TextField(primary_key=True)
    saga = models.TextField()
    key = models.TextField()
    definition_version = models.IntegerField()
    version = models.IntegerField(help_text="Version of its stream: how many decisions it has taken.")
    status = models.TextField(choices=Status.choices)
    reason = models.TextField(blank=True, help_text="Why it turned back.")
    waiting_for = models.JSONField(help_text="The replies without which it cannot go on.")
    steps = models.JSONField(help_text="How far each step has come.")
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sagas_saga"
        verbose_name = "saga"
        indexes: ClassVar = [
            models.Index(fields=["-started_at"], name="sagas_saga_started"),
            # The open ones are few among many, and asked for on every visit.
            models.Index(
                fields=["started_at"], condition=models.Q(ended_at__isnull=True), name="sagas_saga_open"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["saga", "key"], name="sagas_saga_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.saga} {self.key}"
