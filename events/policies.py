"""What happens to a message whose handler did not succeed?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random


class TryLater(Exception):
    """A handler's own word: not now, again after `delay`. Counts as no failure and never makes a dead letter."""

    def __init__(self, delay: timedelta, reason: str = "") -> None:
        super().__init__(delay, reason)
        self.delay = delay
        self.reason = reason


class Reject(Exception):
    """A handler's own word: this message can never be handled. It becomes a dead letter at once."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Exponential backoff with full jitter: the n-th retry waits between 0 and `base * factor**(n-1)`, at most `cap`.

    After `attempts` failed attempts the delivery is a dead letter. Full jitter as in M. Brooker, "Exponential Backoff
    And Jitter" (AWS Architecture Blog, 2015): many that failed together do not come back together.
    """

    attempts: int = 8
    base: timedelta = timedelta(seconds=1)
    factor: float = 2.0
    cap: timedelta = timedelta(minutes=10)

    def delay(self, attempt: int, random: Random) -> timedelta:
        """How long to wait after failed attempt number `attempt` (from 1)."""
        # In seconds, and the exponent bounded first: neither a timedelta nor a float holds what a steep factor makes.
        ceiling = min(
            self.cap.total_seconds(), self.base.total_seconds() * self.factor ** min(attempt - 1, 32)
        )
        return timedelta(seconds=ceiling * random.random())

    def is_exhausted(self, attempt: int) -> bool:
        return attempt >= self.attempts
