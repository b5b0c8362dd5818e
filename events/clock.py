"""What time is it?"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


class DatabaseClock:
    """The database's time, read seldom and carried on by this machine's monotonic clock.

    Two processes that compare moments must not depend on their machines' wall clocks: these may be hours apart.
    """

    # Monotonic clocks of ordinary machines drift by less than 50 ppm: 3 ms in a minute.
    _TRUSTED_FOR = 60.0

    def __init__(self, read: Callable[[], datetime]) -> None:
        self._read = read
        self._at: datetime | None = None
        self._since = 0.0

    def __call__(self) -> datetime:
        elapsed = time.monotonic() - self._since
        if self._at is None or elapsed > self._TRUSTED_FOR:
            self.set(self._read())
            elapsed = time.monotonic() - self._since
        assert self._at is not None
        return self._at + timedelta(seconds=elapsed)

    def set(self, at: datetime) -> None:
        """Take over a moment that the database has just told."""
        self._at = at.astimezone(UTC)
        self._since = time.monotonic()
