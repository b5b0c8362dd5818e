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
        # One value: a thread that reads while another sets must not add old seconds to a new moment.
        self._told: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        told = self._told
        if told is None or time.monotonic() - told[1] > self._TRUSTED_FOR:
            told = self.set(self._read())
        at, since = told
        return at + timedelta(seconds=time.monotonic() - since)

    def set(self, at: datetime) -> tuple[datetime, float]:
        """Take over a moment that the database has just told."""
        told = self._told = at.astimezone(UTC), time.monotonic()
        return told
