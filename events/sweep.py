"""Which lanes have work that nobody carries? The path that does not need Redis to remember anything."""

from __future__ import annotations

import logging
import time
from threading import Thread

from django.db import connection

from events.deliveries import AT_REST
from events.wakeups import SWEEP_SECONDS, wake_again

logger = logging.getLogger(__name__)

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


def sweep_steadily() -> None:
    """Sweep now and every few seconds as long as this process lives, in a thread; beat may be absent or three times there."""
    Thread(target=_sweep_for_ever, name="sweep", daemon=True).start()


def _sweep_for_ever() -> None:
    while True:
        try:
            sweep()
        except Exception as error:  # noqa: BLE001 (a database that is away comes back; the next sweep finds all)
            logger.warning("A sweep failed.", extra={"event": "sweep.failed", "error": type(error).__name__})
        finally:
            connection.close()
        time.sleep(SWEEP_SECONDS)
