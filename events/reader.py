"""Up to where is the log final? The fence that every reader in order needs.

Positions become visible out of order: a transaction may take position 7 and commit after the one that took 8. A reader that
remembers 8 would never see 7. Nor is a filter on transaction ids safe: one that took its id early may insert late.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection

from events.errors import EventsError
from events.log import COLUMNS, envelope
from events.messages import Envelope

_PAGE = 1000
_LAST = "SELECT last_value FROM events_message_position_seq WHERE is_called"
# It must assign an id: pg_snapshot_xmax is the last completed id + 1, a running transaction may lie at or above it.
_OWN_ID = "SELECT pg_current_xact_id()::text::bigint"
_PASSED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %s"
_BLOCKING = """
SELECT pid FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1
"""
_READ = f"""
SELECT {COLUMNS} FROM events_message m
 WHERE m.position > %(after)s AND m.position <= %(upto)s AND (%(names)s::text[] IS NULL OR m.name = ANY(%(names)s::text[]))
 ORDER BY m.position LIMIT {_PAGE}
"""


class FenceHeld(EventsError):
    """A transaction that is still open may yet insert before the fence."""

    def __init__(self, waited: timedelta, pid: int | None) -> None:
        super().__init__(
            f"a transaction has been open for more than {waited.total_seconds():.0f} s and holds readers back"
            + (f"; it is that of PostgreSQL backend {pid}: end it, then read again" if pid else "")
        )
        self.waited = waited
        self.pid = pid

    def __reduce__(self) -> tuple[type[FenceHeld], tuple[timedelta, int | None]]:
        return type(self), (self.waited, self.pid)


def final_position(patience: timedelta = timedelta(seconds=30)) -> int:
    """The position up to which the log is complete for ever; 0 for an empty log.

    Call it outside of a transaction. Waits for transactions that were open when it was called, `FenceHeld` after `patience`.
    """
    if connection.in_atomic_block:
        raise EventsError("inside a transaction the log is never final: read it outside of one")
    last = _value(_LAST)
    if last is None:
        return 0
    # In this order: whoever may still insert at or before `last` has taken its transaction id before ours.
    own = _value(_OWN_ID) or 0
    until = time.monotonic() + patience.total_seconds()
    while not _value(_PASSED, own):
        if time.monotonic() > until:
            raise FenceHeld(patience, _value(_BLOCKING))
        time.sleep(0.01)
    return last


def read(after: int = 0, names: list[str] | None = None) -> Iterator[Envelope]:
    """The log in order of position, all that is final now, in bounded memory; lifted to today's versions."""
    upto = final_position()
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_READ, {"after": after, "upto": upto, "names": names})
            page = [envelope(row) for row in cursor.fetchall()]
        yield from page
        if len(page) < _PAGE:
            return
        assert page[-1].position is not None
        after = page[-1].position


def _value(query: str, *parameters: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        row = cursor.fetchone()
    return row[0] if row else None
