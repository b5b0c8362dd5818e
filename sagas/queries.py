"""What can be asked about sagas? Which ones need somebody, and what holds each of them up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from events.display import Tone, relative
from events.models import Delivery
from events.queries import deliveries_of
from events.standing import Standing, standing
from sagas.definition import SagaType
from sagas.models import SagaRow
from sagas.runner import running

# Of a dead command the saga that decided to send it; of a dead reply or clock the saga that should have heard it.
_HELD_UP = """
SELECT CASE WHEN c.kind = 3 THEN c.stream ELSE regexp_replace(d.handler, '[.]clock$', '') || '-' || m.key END
  FROM events_delivery d JOIN events_message m ON m.id = d.message_id LEFT JOIN events_message c ON c.id = m.causation_id
 WHERE {which} AND (c.kind = 3 OR d.handler LIKE 'sagas.%%')
"""
_DEAD = _HELD_UP.format(which="d.state = 2")
_RETRYING = _HELD_UP.format(which="d.state = 0 AND d.last_error IS NOT NULL")


class Awaited(NamedTuple):
    """A reply that is awaited, and why it is not there yet."""

    step: str
    direction: str
    round: int
    command_id: str
    cause: Standing

    @property
    def what(self) -> str:
        again = f", round {self.round}" if self.round > 1 else ""
        return f"{self.step}, to be undone{again}" if self.direction == "undo" else f"{self.step}{again}"


class Health(NamedTuple):
    """How a saga fares: what somebody should know before its status."""

    word: str
    tone: Tone


def definition(name: str) -> SagaType | None:
    """The definition of a saga; None where this code has none by that name."""
    runs = running.get(name)
    return runs.saga if runs else None


def open_sagas() -> QuerySet[SagaRow]:
    """Those that have not ended, by an index of their own."""
    return SagaRow.objects.filter(ended_at__isnull=True)


def needing_a_human() -> QuerySet[SagaRow]:
    """Open sagas with a dead letter that nobody but an operator brings back to life."""
    return open_sagas().filter(stream__in=RawSQL(_DEAD, []))  # noqa: S611 (a constant)


def retrying() -> QuerySet[SagaRow]:
    """Open sagas whose command, reply or clock failed and will be tried again."""
    return open_sagas().filter(stream__in=RawSQL(_RETRYING, []))  # noqa: S611 (a constant)


def awaited(rows: Iterable[SagaRow]) -> dict[str, list[Awaited]]:
    """What each of these sagas waits for, by stream: one query for all of them."""
    rows = list(rows)
    deliveries = deliveries_of({wait["command_id"] for row in rows for wait in _waits(row)})
    return {row.stream: [_awaited(wait, deliveries) for wait in _waits(row)] for row in rows}


def health(row: SagaRow, waits: Collection[Awaited]) -> Health:
    """In the order in which somebody should look."""
    tones = {wait.cause.tone for wait in waits}
    if row.ended_at is not None:
        return Health("ok", "mute")
    if "bad" in tones:
        return Health("needs a human", "bad")
    if "retry" in tones:
        return Health("retrying", "retry")
    return Health("waiting", "wait") if waits else Health("on its way", "good")


def _awaited(wait: dict[str, Any], deliveries: dict[str, list[Delivery]]) -> Awaited:
    found = deliveries.get(str(wait["command_id"]), [])
    return Awaited(wait["step"], wait["direction"], wait["round"], str(wait["command_id"]), _cause(found))


def _cause(deliveries: list[Delivery]) -> Standing:
    """A command has one delivery; once it is done it is the reply that is missing."""
    if not deliveries:
        return Standing(word="lost", tone="bad", because="its command has no delivery")
    delivery = deliveries[0]
    if delivery.state == Delivery.State.DONE and delivery.done_at is not None:
        return Standing(
            word="awaits reply", tone="wait", because=f"its command was handled {relative(delivery.done_at)}"
        )
    return standing(delivery)


def _waits(row: SagaRow) -> list[dict[str, Any]]:
    return row.waiting_for if isinstance(row.waiting_for, list) else []
