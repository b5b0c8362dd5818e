"""How is a batch handled? Together in memory and in one flush; one by one where that is refused."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, transaction

from events import wakeups
from events.attempts import Attempt
from events.errors import ConcurrencyConflict, LaneLost
from events.flush import Held, Retry, flush
from events.log import Log, database_clock
from events.registry import registry
from events.unit import Memory, UnitOfWork

if TYPE_CHECKING:
    from events.messages import Envelope

# A lost race is no failure of the handler: it decides anew at once, and only a row of losses is given to its policy.
_RACES_ALLOWED = 5
# Not the handler's fault and nothing that deciding anew would cure: the drain ends, its deliveries are found again.
_NOT_OURS = (LaneLost, OperationalError, InterfaceError)


class Batches:
    """Handles attempts for the holder of one lane, with what it remembers from batch to batch."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._memory = Memory()

    def handle(self, attempts: Sequence[Attempt], *, carry: int) -> list[Attempt]:
        """Handle and settle all attempts; returns the new deliveries of the lane that were born claimed.

        Up to about `carry` are. Raises `LaneLost`: then nothing more was stored.
        """
        plain = [attempt for attempt in attempts if not attempt.handler.own_sql]
        born = self._together_or_alone(plain, carry)
        for attempt in attempts:
            if attempt.handler.own_sql:
                born += self._alone(attempt, carry)
        return born

    def settle(self, retries: Sequence[Retry]) -> None:
        """Store what becomes of deliveries that no handler is run for."""
        if retries:
            flush(self.unit(), held=self._held, retries=retries)

    def look_afresh(self) -> None:
        """Read aggregates anew: what was just claimed may tell of what others have decided meanwhile.

        The unique stream version refuses what is recorded on an outdated aggregate, not a decision to do nothing.
        """
        self._memory.aggregates.clear()

    def unit(self) -> UnitOfWork:
        return UnitOfWork(Log(), clock=database_clock, memory=self._memory)

    def _together_or_alone(self, attempts: Sequence[Attempt], carry: int) -> list[Attempt]:
        if len(attempts) > 1:
            try:
                return self._together(attempts, carry)
            except _NOT_OURS:
                raise
            except Exception:  # noqa: BLE001 (whose fault it is shows when each is handled alone)
                self._memory.clear()
        return [new for attempt in attempts for new in self._alone(attempt, carry)]

    def _alone(self, attempt: Attempt, carry: int) -> list[Attempt]:
        error: Exception
        for _ in range(_RACES_ALLOWED):
            try:
                with _savepoint(attempt):
                    return self._together([attempt], carry)
            except _NOT_OURS:
                raise
            except ConcurrencyConflict as conflict:
                self._memory.clear()
                error = conflict
            except Exception as failure:  # noqa: BLE001 (the flush refuses what this one recorded)
                self._memory.clear()
                error = failure
                break
        self.settle([attempt.verdict(error)])
        return []

    def _together(self, attempts: Sequence[Attempt], carry: int) -> list[Attempt]:
        unit = self.unit()
        unit.prefetch(need for attempt in attempts for need in attempt.handler.needs(attempt.envelope))
        finished, retries = [], []
        for attempt in attempts:
            try:
                with unit.turn(attempt.envelope), _savepoint(attempt):
                    attempt.run()
            except Exception as error:  # noqa: BLE001 (the inbox: every failure leaves a row that someone can see and replay)
                retries.append(attempt.verdict(error))
            else:
                rest = unit.take_again()
                if rest is None:
                    finished.append(attempt.delivery)
                else:
                    retries.append(attempt.once_more(rest))
        born, lanes = flush(unit, held=self._held, finished=finished, retries=retries, carry=carry)
        wakeups.wake_after_commit(lanes)
        envelopes = {new.envelope.id: new.envelope for new in unit.appended}
        return [_attempt(delivery, handler, envelopes[message]) for delivery, message, handler in born]


def _savepoint(attempt: Attempt) -> AbstractContextManager[object]:
    """For a handler with SQL of its own: what it wrote and what it recorded is one transaction."""
    return transaction.atomic() if attempt.handler.own_sql else nullcontext()


def _attempt(delivery: int, handler: str, envelope: Envelope) -> Attempt:
    declared = registry.handler(handler)
    assert declared is not None, f"{handler} was registered when its delivery was made"
    return Attempt(delivery=delivery, handler=declared, envelope=envelope, number=1)
