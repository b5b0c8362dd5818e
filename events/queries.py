"""What can be asked about the log and its deliveries, for people and without counting large tables?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min
from django.db.models.fields.json import KeyTextTransform

from events.models import Delivery, Message
from events.standing import Standing, worst

MOST_SHOWN = 500
# Beyond this a tile says "more than": nobody reads on, and the count stays cheap.
MOST_COUNTED = 10_000

_BACKLOG = f"""
SELECT l.number, l.group, COALESCE(l.lease_until > clock_timestamp(), false) AND EXISTS (
         SELECT FROM pg_stat_activity h WHERE h.pid = l.backend AND h.backend_start = l.backend_start) AS held,
       d.due, d.oldest
  FROM events_lane l CROSS JOIN LATERAL (
       SELECT count(*) AS due, min(due_at) AS oldest FROM (
         SELECT due_at FROM events_delivery
          WHERE lane = l.number AND state = 0 AND due_at <= clock_timestamp()
          ORDER BY due_at LIMIT {MOST_COUNTED}) due) d
 ORDER BY l.number
"""
_RETRYING = f"""
SELECT count(*) FROM (SELECT FROM events_delivery WHERE state = 0 AND last_error IS NOT NULL LIMIT {MOST_COUNTED}) few
"""
_DEAD = f"SELECT count(*) FROM (SELECT FROM events_delivery WHERE state = 2 LIMIT {MOST_COUNTED}) few"


class Backlog(NamedTuple):
    """What is due in a lane, since when, and whether somebody drains it."""

    lane: int
    group: str
    held: bool
    due: int
    oldest: datetime | None


@dataclass(frozen=True)
class Entry:
    """One message of a timeline and what became of it."""

    message: Message

    @cached_property
    def deliveries(self) -> list[Delivery]:
        return list(self.message.deliveries.all())

    @cached_property
    def standing(self) -> Standing | None:
        return worst(self.deliveries)


def timeline(correlation_id: UUID) -> list[Entry]:
    """The first messages of one workflow, by position; payloads are not read."""
    said = Message.objects.filter(correlation_id=correlation_id).order_by("position")
    return [Entry(message) for message in said.defer("payload").prefetch_related("deliveries")[:MOST_SHOWN]]


def effects(message: Message) -> list[Entry]:
    """What was caused by the message: it is of the same workflow, which has an index."""
    said = Message.objects.filter(correlation_id=message.correlation_id, causation_id=message.id)
    caused = said.order_by("position").defer("payload").prefetch_related("deliveries")
    return [Entry(effect) for effect in caused[:MOST_SHOWN]]


def deliveries_of(messages: Collection[UUID | str]) -> dict[str, list[Delivery]]:
    """The deliveries of these messages, by message id."""
    found: dict[str, list[Delivery]] = {str(id): [] for id in messages}
    for delivery in Delivery.objects.filter(message_id__in=found).order_by("id"):
        found[str(delivery.message_id)].append(delivery)
    return found


def unheard(correlation_id: UUID, handler: str) -> list[Delivery]:
    """What was told in a workflow and this handler has not taken in yet."""
    waiting = Delivery.objects.filter(message__correlation_id=correlation_id, handler=handler)
    waiting = waiting.exclude(state=Delivery.State.DONE).select_related("message").defer("message__payload")
    return list(waiting.order_by("id")[:MOST_SHOWN])


def deliveries_by_id(ids: Collection[int]) -> list[Delivery]:
    """These deliveries with their messages, less the payloads."""
    found = Delivery.objects.filter(id__in=ids).select_related("message").defer("message__payload")
    return list(found.order_by("id"))


def dead_letter_groups() -> list[Mapping[str, Any]]:
    """Dead letters by what they have in common, handler and class of error; the most frequent first."""
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).annotate(
        error=KeyTextTransform("type", "last_error")
    )
    groups = dead.values("handler", "error").annotate(
        count=Count("id"), first=Min("failed_at"), last=Max("failed_at")
    )
    return list(groups.order_by("-count", "handler")[:MOST_SHOWN])


def backlog() -> list[Backlog]:
    """Every lane with what is due in it."""
    return [Backlog(*row) for row in _rows(_BACKLOG)]


def retrying() -> int:
    """How many deliveries failed and will be tried again, at most `MOST_COUNTED`."""
    return int(_rows(_RETRYING)[0][0])


def dead() -> int:
    """How many dead letters there are, at most `MOST_COUNTED`."""
    return int(_rows(_DEAD)[0][0])


def _rows(query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(parameters))
        return list(cursor.fetchall())
