"""What has been said? Reads of the log by stream and by id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from events.clock import DatabaseClock
from events.lookups import Lookup
from events.messages import Envelope, Kind
from events.upcasting import decoded

COLUMNS = (
    "m.position, m.id, m.kind, m.name, m.version, m.key, m.stream, m.stream_version, m.payload::text, "
    "m.correlation_id, m.causation_id, m.actor, m.occurred_at, m.recorded_at"
)
_STREAMS = (
    f"SELECT {COLUMNS} FROM events_message m WHERE m.stream = ANY(%s::text[]) AND m.stream_version IS NOT NULL "
    "ORDER BY m.stream, m.stream_version"
)
_MESSAGES = f"SELECT {COLUMNS} FROM events_message m WHERE m.id = ANY(%s::uuid[])"


def envelope(row: Sequence[Any]) -> Envelope:
    """A row of `COLUMNS`, lifted to today's version. Raises `UnknownMessage`, `MissingUpcaster`."""
    return Envelope(
        position=row[0],
        id=row[1],
        kind=Kind(row[2]),
        name=row[3],
        version=row[4],
        key=row[5],
        stream=row[6],
        stream_version=row[7],
        payload=decoded(row[3], row[4], row[8]),
        correlation_id=row[9],
        causation_id=row[10],
        actor=row[11],
        occurred_at=row[12],
        recorded_at=row[13],
    )


class Log:
    """The PostgreSQL source of a unit of work."""

    def streams(self, names: Collection[str]) -> Mapping[str, list[Envelope]]:
        found: dict[str, list[Envelope]] = {}
        for row in _rows(_STREAMS, [list(names)]):
            found.setdefault(row[6], []).append(envelope(row))
        return found

    def messages(self, ids: Collection[UUID]) -> Mapping[UUID, Envelope]:
        return {row[1]: envelope(row) for row in _rows(_MESSAGES, [list(ids)])}

    def values(self, lookup: Lookup, keys: Collection[Any]) -> Mapping[Any, Any]:
        return lookup.fetch(keys)


def _rows(query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def database_now() -> datetime:
    """The database's time, UTC."""
    now: datetime = _rows("SELECT clock_timestamp()", [])[0][0]
    return now.astimezone(UTC)


database_clock = DatabaseClock(database_now)
