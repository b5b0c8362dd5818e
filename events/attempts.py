"""One attempt at a delivery: what is handled, and what follows when it does not succeed."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import msgspec

from events.errors import MissingUpcaster, Refusal, UnknownMessage
from events.flush import Retry
from events.messages import Envelope
from events.policies import Reject, TryLater
from events.registry import Call, Handler

logger = logging.getLogger(__name__)

UNANSWERED = object()
_PENDING, _DEAD = 0, 2
_PARKED = timedelta(minutes=1)
_random = Random()


class ProcessDied(Exception):
    """The process that handled this delivery alone ended before the attempt did, again and again."""

    def __init__(self, times: int) -> None:
        super().__init__(
            f"{times} attempts at this message alone never ended: the handler kills its process, or runs for longer than "
            "a lane's lease. Mend it, then replay this dead letter."
        )


@dataclass(slots=True)
class Attempt:
    """A claimed delivery in the hands of its drainer; `number` counts from 1, `outcome` is what its call answered."""

    delivery: int
    handler: Handler
    envelope: Envelope
    number: int
    crashes: int = 0
    outcome: Any = UNANSWERED

    @property
    def must_call(self) -> bool:
        return self.handler.call is not None and self.outcome is UNANSWERED

    @property
    def call(self) -> Call:
        assert self.handler.call is not None, f"{self.handler.name} reaches nothing outside"
        return self.handler.call

    def run(self) -> None:
        """Handle the message inside the current turn of a unit of work."""
        self.handler.run(self.envelope, self.outcome)

    def verdict(self, error: BaseException) -> Retry:
        """What becomes of the delivery after `error`: due again by the handler's policy, or a dead letter.

        A stream that newer code has written is no failure of the handler: it waits for the deployment.
        """
        if isinstance(error, TryLater):
            return self._retry(
                _PENDING, error.delay, {"type": "TryLater", "message": _words(error.reason)}, uncounted=1
            )
        if isinstance(error, UnknownMessage | MissingUpcaster):
            return self._retry(_PENDING, _PARKED, described(error), uncounted=1)
        backoff = self.handler.backoff
        dead = isinstance(error, Refusal | Reject | ProcessDied) or backoff.is_exhausted(self.number)
        self._log(error, dead=dead)
        if dead:
            return self._retry(_DEAD, timedelta(0), described(error))
        return self._retry(_PENDING, backoff.delay(self.number, _random), described(error))

    def once_more(self, delay: timedelta) -> Retry:
        """Handled, and to be handled again: nothing failed."""
        return self._retry(_PENDING, delay, None, uncounted=1)

    def _retry(self, state: int, delay: timedelta, error: Any, uncounted: int = 0) -> Retry:
        # As text: an outcome may be null, which is not the same as none.
        outcome = None if self.outcome is UNANSWERED else msgspec.json.encode(self.outcome).decode()
        return Retry(self.delivery, state, delay.total_seconds(), error, outcome, uncounted)

    def _log(self, error: BaseException, *, dead: bool) -> None:
        logger.log(
            logging.ERROR if dead else logging.WARNING,
            "A message became a dead letter." if dead else "A handler failed; it will be tried again.",
            extra={
                "event": "delivery.dead" if dead else "delivery.failed",
                "message_name": self.envelope.name,
                "message_id": str(self.envelope.id),
                "correlation_id": str(self.envelope.correlation_id),
                "causation_id": str(self.envelope.causation_id),
                "handler": self.handler.name,
                "attempt": self.number,
                "error": type(error).__qualname__,
            },
        )


def parked(delivery: int, error: Exception) -> Retry:
    """Later, uncounted: perhaps newer code has sent it and this process is from before the deployment."""
    return Retry(delivery, _PENDING, _PARKED.total_seconds(), described(error), uncounted=1)


def described(error: BaseException) -> dict[str, Any]:
    """An error as it is kept with its delivery: class, message, and the traceback without any local variable."""
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": _words(str(error)),
        "traceback": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ],
    }


def _words(text: str) -> str:
    """PostgreSQL keeps neither NUL nor half a surrogate pair, and must not refuse a whole batch for an error's words."""
    return text[:1000].replace("\x00", "\ufffd").encode(errors="replace").decode()
