"""How is the outside reached without holding anything up? In threads of the worker, under a lease of the delivery's own.

Answered while its drainer still holds the lane, the outcome is recorded with the next flush. Answered later, it is kept
in the delivery's row and recorded by whoever holds the lane then.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

import msgspec
from django.db import Error, connection

from events import deliveries, wakeups
from events.attempts import Attempt
from events.flush import Held
from events.unit import UnitOfWork

logger = logging.getLogger(__name__)

_MOST_THREADS = 64
_running: Counter[str] = Counter()
_running_lock = Lock()


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Made at the first call, so after a prefork worker has forked: threads do not survive a fork."""
    return ThreadPoolExecutor(max_workers=_MOST_THREADS, thread_name_prefix="call")


@dataclass(frozen=True, slots=True)
class Answer:
    """A call has ended: with the attempt's outcome, or with an error."""

    attempt: Attempt
    error: BaseException | None = None


class Calls:
    """The calls that one drainer has begun while it holds a lane."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._unanswered = 0
        self._left = False
        self._lock = Lock()

    @property
    def unanswered(self) -> int:
        return self._unanswered

    def begin(self, attempt: Attempt, unit: UnitOfWork) -> bool:
        """Start the call in a thread; False where as many of its handler run in this process as may at once.

        What the call needs to know is read through `unit` before.
        """
        with _running_lock:
            if _running[attempt.handler.name] >= min(attempt.call.at_once, _MOST_THREADS):
                return False
            _running[attempt.handler.name] += 1
        self._unanswered += 1
        try:
            with unit.turn(attempt.envelope):
                unit.prefetch(attempt.call.needs(attempt.envelope))
                prepared = attempt.call.prepare(attempt.envelope)
        except Exception as error:  # noqa: BLE001 (as if the call itself had failed)
            self._end(attempt, Answer(attempt, error))
        else:
            _threads().submit(self._call, attempt, prepared)
        return True

    def answers(self, patience: float) -> Iterable[Answer]:
        """What has been answered; waits up to `patience` seconds for the first."""
        # Not sleep(0): that would hand the processor over, on a busy machine for milliseconds.
        if patience and not self._unanswered:
            time.sleep(patience)
        while self._unanswered:
            try:
                answer = self._answers.get(timeout=patience) if patience else self._answers.get_nowait()
            except Empty:
                return
            patience = 0.0
            self._unanswered -= 1
            yield answer

    def leave(self) -> None:
        """The drainer goes: what is answered from now on is kept in the rows."""
        with self._lock:
            self._left = True
        for answer in self.answers(0.0):
            self._keep(answer)

    def _call(self, attempt: Attempt, prepared: Any) -> None:
        self._end(attempt, self._answer(attempt, prepared))

    def _end(self, attempt: Attempt, answer: Answer) -> None:
        with _running_lock:
            _running[attempt.handler.name] -= 1
        with self._lock:
            if not self._left:
                self._answers.put(answer)
                return
        try:
            self._keep(answer)
        except Error as error:
            # The lease runs out and the call is made again with its key.
            logger.warning(
                "An answer could not be kept.", extra={"event": "call.lost", "error": type(error).__name__}
            )
        finally:
            connection.close()

    def _answer(self, attempt: Attempt, prepared: Any) -> Answer:
        try:
            outcome = attempt.call.function(attempt.envelope.payload, str(attempt.envelope.id), prepared)
            # Recorded is what could be kept in the row, whether it ever is or not.
            kept = msgspec.json.encode(outcome)
            attempt.outcome = msgspec.json.decode(kept, type=attempt.call.outcome)
        # A call may end in any way, by SystemExit too; the handler's policy says what follows.
        except BaseException as error:  # noqa: BLE001
            return Answer(attempt, error)
        return Answer(attempt)

    def _keep(self, answer: Answer) -> None:
        attempt, token = answer.attempt, self._held.token
        if answer.error is None:
            outcome = msgspec.json.encode(attempt.outcome).decode()
            if deliveries.keep_outcome(attempt.delivery, token, outcome):
                wakeups.wake([self._held.lane])
            return
        verdict = attempt.verdict(answer.error)
        deliveries.postpone(
            attempt.delivery,
            token,
            state=verdict.state,
            delay=verdict.delay,
            error=verdict.error,
            uncounted=verdict.uncounted,
        )
