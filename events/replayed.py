"""Is every row of an inline projection what its events say? Each stream is replayed, page by page, and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.db import connection, models
from django.db.models import QuerySet

from events.aggregates import Aggregate
from events.errors import EventsError
from events.log import Log
from events.tables import InlineProjection, Row, inline_projections

_PAGE = 200
_UNREADABLE = (EventsError, msgspec.ValidationError)
_STREAMS = """
SELECT DISTINCT stream FROM events_message
 WHERE stream > %s AND starts_with(stream, %s) AND stream_version IS NOT NULL ORDER BY stream LIMIT %s
"""


def unfaithful_rows() -> Iterator[str]:
    """The streams whose row is missing or says something else, and the keys of rows that no event explains.

    Run it in one snapshot (REPEATABLE READ), or rows that change meanwhile will be named.
    """
    for projection in inline_projections():
        for streams in _pages(projection.aggregate):
            yield from _differing(projection, streams)
        yield from _unexplained(projection)


def _pages(aggregate: type[Aggregate]) -> Iterator[list[str]]:
    after = prefix = f"{aggregate.category}-"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_STREAMS, [after, prefix, _PAGE])
            page = [stream for (stream,) in cursor.fetchall()]
        if not page:
            return
        yield page
        after = page[-1]


def _differing(projection: InlineProjection, streams: Sequence[str]) -> Iterator[str]:
    told: dict[str, Row | None] = {}
    try:
        told = _rows(projection, streams)
    except _UNREADABLE:
        # One of them; the others are compared all the same.
        for stream in streams:
            try:
                told |= _rows(projection, [stream])
            except _UNREADABLE:
                yield stream
    meta = projection.table.model._meta
    assert meta.pk is not None
    key: str = meta.pk.attname
    wanted = {stream: row for stream, row in told.items() if row is not None}
    rows: QuerySet[Any] = QuerySet(projection.table.model).filter(
        pk__in=[row[key] for row in wanted.values()]
    )
    stored = {_plain(row.pk): row for row in rows}
    for stream, row in wanted.items():
        found = stored.get(_plain(row[key]))
        if found is None or _columns(found) != _plain(row):
            yield stream


def _rows(projection: InlineProjection, streams: Sequence[str]) -> dict[str, Row | None]:
    rows: dict[str, Row | None] = {}
    for stream, envelopes in Log().streams(streams).items():
        aggregate = projection.aggregate.of_stream(stream)
        for envelope in envelopes:
            aggregate.apply(envelope.payload)
        rows[stream] = projection.row(aggregate)
    return rows


def _unexplained(projection: InlineProjection) -> Iterator[str]:
    meta, prefix = projection.table.model._meta, f"{projection.aggregate.category}-"
    assert meta.pk is not None
    key = f'shown."{meta.pk.column}"::text'
    # A row's key is the id of its aggregate, or the name of its stream.
    stream = f"CASE WHEN starts_with({key}, %s) THEN {key} ELSE %s || {key} END"
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {key} FROM "{meta.db_table}" shown WHERE NOT EXISTS ('
            f"SELECT FROM events_message WHERE stream = {stream} AND stream_version = 1)",
            [prefix, prefix],
        )
        yield from (pk for (pk,) in cursor.fetchall())


def _columns(row: models.Model) -> Any:
    return _plain({field.column: getattr(row, field.attname) for field in row._meta.concrete_fields})


def _plain(value: Any) -> Any:
    """As JSON says it: what was written went through JSON, too."""
    return msgspec.json.decode(msgspec.json.encode(value))
