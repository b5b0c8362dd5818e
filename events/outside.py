"""Who stands for the outside world? A sandbox that keeps its books in our PostgreSQL, but outside of our transactions.

Its statements run on connections of its own in autocommit, and so survive whatever becomes of the caller. They commit with
`synchronous_commit = off`: what we record of an answer is committed later in the same write-ahead log, so once we know of
an entry for good, the entry is there for good. An entry that a crash of PostgreSQL took away nobody has heard of.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import connection
from psycopg import Connection
from psycopg_pool import ConnectionPool

# A statement takes well under a millisecond: a few connections serve all threads of a process.
_CONNECTIONS = 4


@lru_cache(maxsize=1)
def connections() -> ConnectionPool:
    """The process's connections, opened at the first use, so after a prefork worker has forked; for tests to close."""
    return ConnectionPool(
        kwargs={**connection.get_connection_params(), "autocommit": True},
        configure=_commits_early,
        min_size=0,
        max_size=_CONNECTIONS,
        timeout=5.0,
        open=True,
    )


def _commits_early(line: Connection[Any]) -> None:
    line.execute("SET synchronous_commit = off")
