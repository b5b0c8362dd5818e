"""How does a worker learn at once that a lane has work? By one Celery task for many messages.

A wake-up may be lost: PostgreSQL knows what is due, and the sweep finds it. So it may take 200 ms at most, and may fail.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu import Connection
from kombu.pools import producers

from events.lanes import group_of

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5
_FLAG_SECONDS = 2 * SWEEP_SECONDS
# Each of connecting, reading and publishing may wait this long when Redis hangs.
_PATIENCE = 0.09
# After a failure nobody waits for Redis again until this many seconds have passed.
_PAUSE = 1.0


class _Redis:
    """Redis as one process sees it: after a failure nobody waits for it again until a pause is over."""

    def __init__(self) -> None:
        self._down_until = 0.0

    def ask(self, request: Callable[[], object]) -> None:
        """Do what may fail and may not last; the data is committed, and the sweep finds what is not announced."""
        if time.monotonic() < self._down_until:
            return
        try:
            request()
        except Exception as error:  # noqa: BLE001 (whatever the broker does, the caller's work is done)
            self._down_until = time.monotonic() + _PAUSE
            logger.warning(
                "Redis does not answer; the sweep will carry what waits.",
                extra={"event": "wakeup.failed", "error": type(error).__name__},
            )


_server = _Redis()


def wake_after_commit(lanes: Iterable[int]) -> None:
    """Wake the lanes when the current transaction has committed; never raises then."""
    wanted = sorted(set(lanes))
    if wanted:
        transaction.on_commit(partial(wake, wanted), robust=True)


def wake(lanes: Iterable[int]) -> None:
    """Publish one drain task for each lane that has not been announced yet."""
    for lane in lanes:
        _server.ask(partial(_announce, lane, even_if_announced=False))


def wake_again(lanes: Iterable[int]) -> None:
    """Publish a drain task for each lane, announced or not: for those who have looked and seen work."""
    for lane in lanes:
        _server.ask(partial(_announce, lane, even_if_announced=True))


def clear_flag(lane: int) -> None:
    """From here on a new message announces itself again; call it before the lane is read."""
    _server.ask(lambda: _client(os.getpid()).delete(_flag(lane)))


def _announce(lane: int, *, even_if_announced: bool) -> None:
    was_clear = _client(os.getpid()).set(_flag(lane), 1, nx=True, ex=_FLAG_SECONDS)
    if was_clear or even_if_announced:
        _publish(lane)


def _flag(lane: int) -> str:
    return f"{settings.REDIS_PREFIX}lane:{lane}"


def _publish(lane: int) -> None:
    with producers[_broker(os.getpid())].acquire(block=True, timeout=_PATIENCE) as producer:
        current_app.send_task(
            "events.drain",
            args=[lane],
            queue=group_of(lane),
            producer=producer,
            retry=False,
            ignore_result=True,
        )


# By process: a connection that a fork has inherited belongs to the parent.
@lru_cache(maxsize=8)
def _client(process: int) -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry_on_timeout=False
    )


@lru_cache(maxsize=8)
def _broker(process: int) -> Connection:
    """A connection of our own: the worker's may wait for seconds, a web request may not."""
    options = dict(current_app.conf.broker_transport_options)
    options |= {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE, "health_check_interval": 0}
    return Connection(current_app.conf.broker_url, transport_options=options, connect_timeout=_PATIENCE)
