"""Which tables does the kernel keep?"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Message(models.Model):
    """The append-only log of events, commands and decisions: event store and outbox in one.

    The database refuses UPDATE and DELETE. `position` orders what one reader may see; positions become visible out of
    order, so a reader needs the fence of `events.reader`.
    """

    class Kind(models.IntegerChoices):
        EVENT = 1, "event"
        COMMAND = 2, "command"
        DECISION = 3, "decision"

    position = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True)
    kind = models.SmallIntegerField(choices=Kind.choices)
    name = models.TextField()
    version = models.SmallIntegerField()
    key = models.TextField(help_text="What it is about: messages with one key share a lane.")
    stream = models.TextField(null=True, help_text="Of a command, the stream that it addresses.")
    stream_version = models.IntegerField(null=True)
    payload = models.JSONField()
    correlation_id = models.UUIDField(db_index=True)
    causation_id = models.UUIDField(null=True)
    actor = models.TextField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stream", "stream_version"],
                condition=models.Q(stream_version__isnull=False),
                name="events_message_once_per_stream_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Delivery(models.Model):
    """One row for each message and handler: relay's list, inbox, retry schedule, timer wheel and dead letters in one.

    A retry is the same row with a later `due_at`, a timer one that is due in the future, a dead letter one in state dead.
    """

    class State(models.IntegerChoices):
        PENDING = 0, "pending"
        DONE = 1, "done"
        DEAD = 2, "dead"

    id = models.BigAutoField(primary_key=True)
    # The unique (message, handler) begins with the message: an index of its own would only cost.
    message = models.ForeignKey(
        Message, models.PROTECT, to_field="id", db_index=False, related_name="deliveries"
    )
    handler = models.TextField()
    lane = models.SmallIntegerField()
    state = models.SmallIntegerField(choices=State.choices, default=State.PENDING)
    attempts = models.IntegerField(default=0)
    crashes = models.SmallIntegerField(default=0, help_text="Attempts made alone that never ended.")
    token = models.BigIntegerField(null=True, help_text="The lane token under which it was claimed.")
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, help_text="When it was claimed for the first time.")
    call_until = models.DateTimeField(
        null=True, help_text="A call to the outside runs, at the latest until then."
    )
    call_backend = models.IntegerField(
        null=True, help_text="The database connection of the process that makes the call."
    )
    outcome = models.JSONField(null=True, help_text="What the call answered, until it is recorded.")
    failed_at = models.DateTimeField(null=True)
    last_error = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "handler"], name="events_delivery_once_per_handler")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["lane", "due_at"], condition=models.Q(state=0), name="events_delivery_pending"
            ),
            models.Index(fields=["-failed_at"], condition=models.Q(state=2), name="events_delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.handler} {self.message_id}"


class DeadLetter(Delivery):
    """A delivery that somebody has to look at: the rows in state dead, with a page and a permission of their own."""

    class Meta:
        proxy = True
        default_permissions: ClassVar = ["view"]
        permissions: ClassVar = [("replay_delivery", "Can replay dead letters")]


class Lane(models.Model):
    """The right to drain one lane: a token, a lease, and the database connection of the one who holds it."""

    number = models.SmallIntegerField(primary_key=True)
    group = models.TextField()
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    backend = models.IntegerField(null=True)
    backend_start = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.group}/{self.number}"


class Handler(models.Model):
    """Since which position a handler listens: says what should have been delivered, also across a deployment."""

    name = models.TextField(primary_key=True)
    since = models.BigIntegerField(help_text="It gets every message after this position.")
    paused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class PersonalValue(models.Model):
    """Personal values (name, e-mail, address) by id; messages carry the id only. Deleting the row erases the person."""

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField(null=True, db_index=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return str(self.id)
