"""Every test of the kernel has a database and a Redis of its own, and takes its declarations along when it ends."""

from collections.abc import Iterator
from threading import Barrier

import pytest
import redis
from django.db import connection

from events import calling, wakeups
from tests.support.declarations import declarations

__all__ = ["declarations"]


@pytest.fixture(autouse=True)
def _quiet_redis(redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """No wake-up and no memory of a broken Redis is left from the test before."""
    monkeypatch.setattr(wakeups._server, "_down_until", 0.0)


@pytest.fixture(autouse=True)
def _closed_calls(transactional_db: None) -> Iterator[None]:
    """Calls that a test has begun end before the next one begins, and so do the connections of their threads."""
    yield
    threads = calling._threads()
    together = Barrier(max(1, len(threads._threads)))

    def close() -> None:
        together.wait(timeout=10)
        connection.close()

    for closed in [threads.submit(close) for _ in range(together.parties)]:
        closed.result()
