"""How does a batch reach the database? In one statement, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import Error, connection
from psycopg import errors as pg

from events.errors import ConcurrencyConflict, LaneLost
from events.lanes import LEASE_SECONDS, lane_of
from events.messages import Kind
from events.registry import Handler, registry
from events.tables import Table, projection_of
from events.unit import Appended, UnitOfWork


class Held(NamedTuple):
    """The lane that the flush is for, and the token that proves the right to it."""

    lane: int
    token: int


class Retry(msgspec.Struct, frozen=True):
    """A delivery that did not succeed: due again after `delay` seconds, or dead (state 2); `outcome` is JSON."""

    id: int
    state: int
    delay: float
    error: Any
    outcome: str | None = None
    uncounted: int = 0


class Born(NamedTuple):
    """A new delivery that was claimed as it was inserted; its holder carries it in memory."""

    id: int
    message_id: UUID
    handler: str


class NewDelivery(msgspec.Struct, frozen=True):
    message_id: UUID
    handler: str
    lane: int
    delay: float
    carried: bool
    call_lease: float | None


def flush(
    unit: UnitOfWork,
    *,
    held: Held | None = None,
    finished: Sequence[int] = (),
    retries: Sequence[Retry] = (),
    carry: int = 0,
) -> tuple[list[Born], set[int]]:
    """Store all that `unit` recorded and settle the deliveries, atomically.

    Up to about `carry` new deliveries of the held lane are born claimed and returned; the second value is the lanes in
    which others became due. Without `held` it is part of the caller's transaction. Raises `LaneLost` where the lane or
    one of the deliveries is no longer ours, `ConcurrencyConflict` where a stream or a constraint has moved on.
    """
    deliveries = list(_fan_out(unit.appended, held, carry))
    tables = _rows_by_table(unit)
    parts = _Parts(
        held is not None,
        bool(finished),
        bool(retries),
        bool(unit.appended),
        bool(deliveries),
        bool(unit.moves),
        tuple(tables),
    )
    if not any(parts[1:]):
        return [], set()
    parameters: dict[str, Any] = {table.name: table.parameter(rows) for table, rows in tables.items()}
    parameters |= {
        "lane": held.lane if held else None,
        "token": held.token if held else None,
        "finished": list(finished),
        "settled": len(finished),
        "retries": _json(retries),
        "retried": len(retries),
        "messages": _json([new.envelope for new in unit.appended]),
        "deliveries": _json(deliveries),
        "moves": _json(list({(move.message_id, move.handler): move for move in unit.moves}.values())),
    }
    statement = _statement(parts)
    with _named_refusals(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    # RETURNING promises no order: the ids do.
    born = sorted(Born(id, UUID(message), handler) for id, message, handler in (row[0] or ())) if row else []
    return born, {new.lane for new in deliveries if not new.carried and not new.delay}


class _Parts(NamedTuple):
    held: bool
    finished: bool
    retries: bool
    messages: bool
    deliveries: bool
    moves: bool
    tables: tuple[Table, ...]


_HELD = f"""held AS (
  UPDATE events_lane SET lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s'
   WHERE number = %(lane)s AND token = %(token)s RETURNING 1)"""
# Not repeated here: `state = 0`. The planner would take the partial index and walk every open delivery.
_FINISHED = """finished AS (
  UPDATE events_delivery SET state = 1, done_at = clock_timestamp(), call_until = NULL, outcome = NULL
   WHERE id = ANY(%(finished)s::bigint[]) AND done_at IS NULL AND token = %(token)s RETURNING 1)"""
_RETRIED = """retried AS (
  UPDATE events_delivery d
     SET state = r.state, due_at = clock_timestamp() + r.delay * interval '1 s', token = NULL, crashes = 0,
         call_until = NULL, attempts = d.attempts - r.uncounted, outcome = COALESCE(r.outcome::jsonb, d.outcome),
         last_error = r.error, failed_at = CASE WHEN r.error IS NOT NULL THEN clock_timestamp() END
    FROM json_to_recordset(%(retries)s::json)
         AS r(id bigint, state smallint, delay float8, error jsonb, outcome text, uncounted int)
   WHERE d.id = r.id AND d.done_at IS NULL AND d.token = %(token)s RETURNING 1)"""
# The transaction id is taken before the first position: the fence of `events.reader` rests on it. A subquery that nobody
# reads is optimised away, hence MATERIALIZED and the filter.
_APPENDED = """first AS MATERIALIZED (SELECT pg_current_xact_id() AS id),
appended AS (
  INSERT INTO events_message (id, kind, name, version, key, stream, stream_version, payload,
                              correlation_id, causation_id, actor, occurred_at, recorded_at)
  SELECT r.*, clock_timestamp()
    FROM first CROSS JOIN json_to_recordset(%(messages)s::json)
         AS r(id uuid, kind smallint, name text, version smallint, key text, stream text, stream_version int,
              payload jsonb, correlation_id uuid, causation_id uuid, actor text, occurred_at timestamptz)
   WHERE first.id IS NOT NULL)"""
_DELIVERED = """delivered AS (
  INSERT INTO events_delivery (message_id, handler, lane, state, attempts, crashes, due_at, token, claimed_at,
                               call_until, call_backend)
  SELECT r.message_id, r.handler, r.lane, 0, r.carried::int, 0, clock_timestamp() + r.delay * interval '1 s',
         CASE WHEN r.carried THEN %(token)s::bigint END, CASE WHEN r.carried THEN clock_timestamp() END,
         CASE WHEN r.carried THEN clock_timestamp() + r.call_lease * interval '1 s' END,
         CASE WHEN r.carried THEN pg_backend_pid() END
    FROM json_to_recordset(%(deliveries)s::json)
         AS r(message_id uuid, handler text, lane smallint, delay float8, carried bool, call_lease float8)
  RETURNING id, message_id, handler, token)"""
# A timer that this very batch has claimed settles itself: one statement may not update a row twice.
_MOVED = """moved AS (
  UPDATE events_delivery d
     SET due_at = COALESCE(r.due_at, d.due_at), token = CASE WHEN r.due_at IS NULL THEN d.token END,
         state = CASE WHEN r.due_at IS NULL THEN 1 ELSE 0 END,
         done_at = CASE WHEN r.due_at IS NULL THEN clock_timestamp() END
    FROM json_to_recordset(%(moves)s::json) AS r(message_id uuid, handler text, due_at timestamptz)
   WHERE d.message_id = r.message_id AND d.handler = r.handler AND d.done_at IS NULL
     AND NOT (d.token IS NOT NULL AND d.token = %(token)s::bigint))"""
# A lane that was lost, or a delivery that somebody else has settled, divides by zero: the whole statement is undone.
_HELD_STILL = "1 / ((SELECT count(*) FROM held) = 1)::int"
_FINISHED_ALL = "1 / ((SELECT count(*) FROM finished) = %(settled)s)::int"
_RETRIED_ALL = "1 / ((SELECT count(*) FROM retried) = %(retried)s)::int"
_BORN = "(SELECT json_agg(json_build_array(id, message_id, handler)) FROM delivered WHERE token IS NOT NULL)"


@lru_cache(maxsize=256)
def _statement(parts: _Parts) -> str:
    ctes = [
        *([_HELD] if parts.held else []),
        *([_FINISHED] if parts.finished else []),
        *([_RETRIED] if parts.retries else []),
        *([_APPENDED] if parts.messages else []),
        *([_DELIVERED] if parts.deliveries else []),
        *([_MOVED] if parts.moves else []),
        *(table.cte() for table in parts.tables),
    ]
    results = [
        _BORN if parts.deliveries else "NULL",
        *([_HELD_STILL] if parts.held else []),
        *([_FINISHED_ALL] if parts.finished else []),
        *([_RETRIED_ALL] if parts.retries else []),
    ]
    return f"WITH {', '.join(ctes)} SELECT {', '.join(results)}"


def _fan_out(appended: Iterable[Appended], held: Held | None, carry: int) -> Iterator[NewDelivery]:
    for new in appended:
        for handler in _handlers(new):
            lane = lane_of(new.envelope.key, handler.lane_group)
            delay = new.delay + (handler.delay.total_seconds() if handler.delay else 0.0)
            carried = held is not None and lane == held.lane and not delay and carry > 0
            carry -= carried
            lease = handler.call.lease if handler.call else None
            yield NewDelivery(new.envelope.id, handler.name, lane, delay, carried, lease)


def _handlers(new: Appended) -> list[Handler]:
    if new.envelope.kind is Kind.COMMAND:
        return [registry.obeying(new.envelope.name)] if new.sent else []
    return registry.listening_to(new.envelope.name)


def _rows_by_table(unit: UnitOfWork) -> Mapping[Table, list[dict[str, Any]]]:
    tables: dict[Table, list[dict[str, Any]]] = {}
    for table, row in unit.rows:
        tables.setdefault(table, []).append(row)
    for stream, cls in unit.changed.items():
        projection = projection_of(cls)
        if projection is not None:
            projected = projection.row(unit.aggregate(cls, stream.removeprefix(f"{cls.category}-")))
            if projected is not None:
                tables.setdefault(projection.table, []).append(projected)
    # One order of tables, so that one set of parts is one statement.
    return dict(sorted(tables.items(), key=lambda item: item[0].name))


# A stream version that exists by now, stock that is gone by now, two flushes that waited for each other.
_LOST_RACES = (pg.UniqueViolation, pg.CheckViolation, pg.DeadlockDetected, pg.SerializationFailure)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@contextmanager
def _named_refusals() -> Iterator[None]:
    try:
        yield
    except Error as error:
        if isinstance(error.__cause__, _LOST_RACES):
            raise ConcurrencyConflict(
                f"somebody else was first, decide anew: {_constraint(error)}"
            ) from error
        if isinstance(error.__cause__, pg.DivisionByZero):
            raise LaneLost(
                "the lane or a delivery was taken by another process; nothing was stored"
            ) from error
        raise


def _constraint(error: Error) -> str:
    """What refused the flush, without the values that it speaks of."""
    cause = error.__cause__
    return (isinstance(cause, pg.Error) and cause.diag.constraint_name) or type(cause).__name__
