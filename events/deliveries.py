"""What is due, and what became of it? Claims, and what is settled outside of a flush."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from events.lanes import LAZILY
from events.log import COLUMNS
from events.registry import registry

# More processes than this died while they handled nothing but this one delivery: the handler kills them.
CRASHES_ALLOWED = 3

_CLAIMED = f"""
RETURNING d.id, d.handler, d.attempts, d.crashes, d.outcome::text, clock_timestamp(), {COLUMNS}
"""
# No call is out for it: none was begun, its lease is over, or the connection of the process that makes it is gone.
AT_REST = """(call_until IS NULL OR call_until < clock_timestamp()
        OR NOT EXISTS (SELECT FROM pg_stat_activity h WHERE h.pid = call_backend))"""
# Asked for a row only, hence the CASE: the lane's backlog is not walked where there is no suspect.
_ALONE = """CASE WHEN token IS NOT NULL THEN NOT EXISTS (
          SELECT FROM events_delivery o WHERE o.lane = %(lane)s AND o.state = 0 AND o.due_at <= clock_timestamp()
             AND o.call_backend = pg_backend_pid() AND o.call_until > clock_timestamp()) END"""
# Who lost the lane and does not know it yet claims nothing.
_MINE = "EXISTS (SELECT FROM events_lane WHERE number = %(lane)s AND token = %(token)s)"
# Attempts are counted and committed before any handler runs: one that kills its process is found by its count.
_CLAIM = f"""
WITH {LAZILY}, due AS (
  SELECT id FROM events_delivery
   WHERE lane = %(lane)s AND state = 0 AND due_at <= clock_timestamp() AND token IS NULL AND {_MINE} AND (SELECT true FROM lazily)
   ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE events_delivery d
   SET token = %(token)s, attempts = d.attempts + 1, claimed_at = COALESCE(d.claimed_at, clock_timestamp()),
       call_until = clock_timestamp() + (%(leases)s::jsonb ->> d.handler)::float8 * interval '1 s',
       call_backend = pg_backend_pid()
  FROM due JOIN events_delivery x ON x.id = due.id JOIN events_message m ON m.id = x.message_id
 WHERE d.id = due.id
{_CLAIMED}
"""
# A row with an older token: its holder died, or was stopped for longer than its lease, before the attempt ended. That
# attempt is made again and not counted twice: whose policy allows two failures may not fail once for a neighbour's crash.
# Not while a call of the lane is out in this process, which would die with it: each death has one suspect.
_SUSPECT = f"""
SELECT id FROM events_delivery
 WHERE lane = %(lane)s AND state = 0 AND due_at <= clock_timestamp() AND token < %(token)s
   AND {AT_REST} AND {_ALONE} AND {_MINE} AND (SELECT true FROM lazily)
 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_CLAIM_SUSPECT = f"""
WITH {LAZILY}, due AS ({_SUSPECT})
UPDATE events_delivery d
   SET token = %(token)s, crashes = d.crashes + 1,
       call_until = clock_timestamp() + (%(leases)s::jsonb ->> d.handler)::float8 * interval '1 s',
       call_backend = pg_backend_pid()
  FROM due JOIN events_delivery x ON x.id = due.id JOIN events_message m ON m.id = x.message_id
 WHERE d.id = due.id
{_CLAIMED}
"""
_HAND_BACK = """
UPDATE events_delivery
   SET token = NULL, call_until = NULL, attempts = attempts - 1, crashes = GREATEST(crashes - 1, 0),
       claimed_at = CASE WHEN attempts > 1 OR crashes > 0 THEN claimed_at END
 WHERE id = ANY(%(ids)s::bigint[]) AND token = %(token)s AND done_at IS NULL
"""
_KEEP = """
UPDATE events_delivery
   SET token = NULL, call_until = NULL, outcome = %(outcome)s::jsonb, due_at = clock_timestamp(), crashes = 0
 WHERE id = %(id)s AND token = %(token)s AND done_at IS NULL
"""
_POSTPONE = """
UPDATE events_delivery
   SET token = NULL, call_until = NULL, crashes = 0, state = %(state)s, last_error = %(error)s::jsonb,
       attempts = attempts - %(uncounted)s, failed_at = clock_timestamp(),
       due_at = clock_timestamp() + %(delay)s::float8 * interval '1 s'
 WHERE id = %(id)s AND token = %(token)s AND done_at IS NULL
"""
_DUE = f"""
SELECT EXISTS (SELECT FROM events_delivery WHERE lane = %(lane)s AND state = 0 AND due_at <= clock_timestamp()
                  AND {AT_REST} AND (token IS NULL OR {_ALONE}))
"""
_REVIVE = """
UPDATE events_delivery
   SET state = 0, due_at = clock_timestamp(), attempts = 0, crashes = 0, token = NULL, call_until = NULL
 WHERE id = ANY(%(ids)s::bigint[]) AND state = 2 RETURNING id, lane
"""


class Claimed(NamedTuple):
    """A claimed delivery as it was read; `message` is a row of `log.COLUMNS`, not decoded yet."""

    id: int
    handler: str
    attempts: int
    crashes: int
    outcome: str | None
    now: Any
    message: tuple[Any, ...]


def claim(lane: int, token: int, limit: int) -> list[Claimed]:
    """Claim what is due in the lane, the longest due first."""
    return _claim(_CLAIM, {"lane": lane, "token": token, "limit": limit, "leases": _leases()})


def claim_suspect(lane: int, token: int) -> Claimed | None:
    """Claim one delivery whose last attempt never ended; it must be handled alone."""
    claimed = _claim(_CLAIM_SUSPECT, {"lane": lane, "token": token, "leases": _leases()})
    return claimed[0] if claimed else None


def hand_back(ids: Sequence[int], token: int) -> None:
    """Undo the claim of deliveries that were not begun."""
    _execute(_HAND_BACK, {"ids": list(ids), "token": token})


def keep_outcome(id: int, token: int, outcome: str) -> bool:
    """Keep what a call answered for whoever holds the lane next; False where the delivery is no longer ours."""
    return _execute(_KEEP, {"id": id, "token": token, "outcome": outcome}) == 1


def postpone(id: int, token: int, *, state: int, delay: float, error: Any, uncounted: int) -> bool:
    """Settle a call that failed after its drainer had left; False where the delivery is no longer ours."""
    error = msgspec.json.encode(error).decode()
    parameters = {
        "id": id,
        "token": token,
        "state": state,
        "delay": delay,
        "error": error,
        "uncounted": uncounted,
    }
    return _execute(_POSTPONE, parameters) == 1


def is_due(lane: int) -> bool:
    """Whether anything waits in the lane to be claimed."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"lane": lane})
        return bool(cursor.fetchone()[0])


def revive(ids: Collection[int]) -> tuple[int, set[int]]:
    """Make dead letters due again with all their attempts; the number revived, and their lanes."""
    with connection.cursor() as cursor:
        cursor.execute(_REVIVE, {"ids": list(ids)})
        rows = cursor.fetchall()
    return len(rows), {lane for _, lane in rows}


def _leases() -> str:
    leases = {handler.name: handler.call.lease for handler in registry if handler.call}
    return msgspec.json.encode(leases).decode()


def _claim(statement: str, parameters: dict[str, Any]) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = [Claimed._make((*row[:6], row[6:])) for row in cursor.fetchall()]
    # RETURNING promises no order; one order's messages are handled in theirs as a rule.
    return sorted(rows, key=lambda row: row.message[0])


def _execute(statement: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
