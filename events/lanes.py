"""Who may drain a lane? The one process whose token its row bears.

Not an advisory lock: a process that is stopped, not dead, keeps one for ever. Here its lease runs out, and because each
flush checks the token in its own statement, a process that slept and woke can commit nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from django.conf import settings
from django.db import connection

LEASE_SECONDS = 15

# Right to a lane and claims of deliveries need no disk flush of their own. They are lost only with the server, which ends
# the holder's connection too; and a flush, which is synchronous, comes after them in the same write-ahead log.
LAZILY = "lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
# At once where the holder's connection is gone (backend_start guards against a reused pid), else when its lease is over.
_TAKE = f"""
WITH {LAZILY}
UPDATE events_lane
   SET token = nextval('events_lane_token'), lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s',
       backend = pg_backend_pid(), backend_start = me.backend_start
  FROM lazily, pg_stat_activity me
 WHERE number = %(lane)s AND me.pid = pg_backend_pid()
   AND (lease_until IS NULL OR lease_until < clock_timestamp()
        OR NOT EXISTS (SELECT FROM pg_stat_activity h
                        WHERE h.pid = events_lane.backend AND h.backend_start = events_lane.backend_start))
RETURNING token
"""
_RELEASE = f"""
WITH {LAZILY}
UPDATE events_lane SET lease_until = NULL FROM lazily WHERE number = %(lane)s AND token = %(token)s
"""


def all_lanes() -> Iterator[tuple[str, int]]:
    """(group, number) of every lane; numbers run on from group to group, in the order of the setting."""
    number = 0
    for group, count in settings.EVENTS_LANE_GROUPS.items():
        for _ in range(count):
            yield group, number
            number += 1


def lane_of(key: str, group: str = "default") -> int:
    """The lane that carries what is about `key`: the same in every process, for ever."""
    first = 0
    for name, count in settings.EVENTS_LANE_GROUPS.items():
        if name == group:
            return int(first + crc32(key.encode()) % count)
        first += count
    raise LookupError(f"no lane group {group!r}: add it to EVENTS_LANE_GROUPS")


def group_of(lane: int) -> str:
    """The group, and so the Celery queue, of a lane; lanes that the setting no longer knows belong to the first."""
    groups = {number: group for group, number in all_lanes()}
    return groups.get(lane, groups[0])


def take(lane: int) -> int | None:
    """Take the lane and return its token, or None where somebody else holds it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"lane": lane})
        row = cursor.fetchone()
    return row[0] if row else None


def release(lane: int, token: int) -> None:
    """Let the lane go, if it is still ours."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"lane": lane, "token": token})
