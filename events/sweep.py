"""Which lanes have work that nobody carries? The path that does not need Redis to remember anything."""

from __future__ import annotations

from django.db import connection

from events.deliveries import AT_REST
from events.wakeups import wake_again

_NEGLECTED = f"""
SELECT number FROM events_lane
 WHERE (lease_until IS NULL OR lease_until < clock_timestamp()
        OR NOT EXISTS (SELECT FROM pg_stat_activity h
                        WHERE h.pid = events_lane.backend AND h.backend_start = events_lane.backend_start))
   AND EXISTS (SELECT FROM events_delivery WHERE lane = number AND state = 0 AND due_at <= clock_timestamp()
                  AND {AT_REST})
"""


def sweep() -> list[int]:
    """Announce every lane with due deliveries that nobody holds; safe to run by many at once and at any time."""
    with connection.cursor() as cursor:
        cursor.execute(_NEGLECTED)
        lanes = [lane for (lane,) in cursor.fetchall()]
    wake_again(lanes)
    return lanes
