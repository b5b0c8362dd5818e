"""What befalls real workers: processes are killed, Redis forgets, again and again while a test goes on."""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
import redis
from django.conf import settings
from django.db import connection, connections

from tests.support.stack import Workers


@contextmanager
def again_and_again(act: Callable[[], object], *, every: float, jitter: float = 0.0) -> Iterator[None]:
    """Do it every so many seconds, and up to `jitter` later, in a thread beside the block."""
    over = threading.Event()

    def run() -> None:
        try:
            while not over.wait(every + jitter * random.random()):
                act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def kill_one_of_the_pool(workers: Workers, killed: list[int]) -> None:
    """Kill -9 a process that runs tasks; `killed` is added to."""
    with suppress(ProcessLookupError, psutil.NoSuchProcess, IndexError):
        pid = random.choice(workers.pool_pids)
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)


def forget_everything(server: redis.Redis) -> None:
    """FLUSHALL; where the Redis is not the test run's own, all that it knows of this system."""
    if os.environ.get("SAGA_TEST_OWN_REDIS"):
        server.flushall()
    elif keys := list(server.scan_iter(match=f"{settings.REDIS_PREFIX}*")):
        server.delete(*keys)


def end_the_leases_of_calls() -> None:
    """A test does not wait half a minute until the call of a process that is gone may be made again: a second will do.

    A call that is still under way is then made twice at once, which must be as harmless.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_delivery SET call_until = clock_timestamp() + interval '1 s'"
            " WHERE id IN (SELECT id FROM events_delivery WHERE state = 0 AND call_until > clock_timestamp() + interval '1 s'"
            " FOR UPDATE SKIP LOCKED)"
        )
