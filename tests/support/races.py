"""Two processes at once, made certain: threads with connections of their own that meet at a lock."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

Start = Callable[[Callable[[], Any]], Future[Any]]


@contextmanager
def beside() -> Iterator[Start]:
    """Start functions beside this thread; their results are waited for at the end."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        yield lambda function: pool.submit(_with_own_connection, function)


def wait_until_blocked(backends: int, *, within: float = 10.0) -> None:
    """Returns once so many connections to this database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until = time.monotonic() + within
    with connection.cursor() as cursor:
        while True:
            # A transaction sees one state of the statistics, unless told otherwise.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            (blocked,) = cursor.fetchone()
            if blocked >= backends:
                return
            assert time.monotonic() < until, f"{blocked} of {backends} wait for a lock after {within} s"
            time.sleep(0.005)


def _with_own_connection(function: Callable[[], Any]) -> Any:
    try:
        return function()
    finally:
        connections.close_all()
