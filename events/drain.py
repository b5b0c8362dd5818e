"""How is a lane drained? Claim, commit, handle in memory, flush: again and again, until nothing is due."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta

import msgspec
from django.db import Error

from events import deliveries, lanes, wakeups
from events.attempts import UNANSWERED, Attempt, ProcessDied, parked
from events.batch import Batches
from events.calling import Calls
from events.deliveries import Claimed
from events.errors import LaneLost, UnknownMessage
from events.flush import Held, Retry
from events.log import database_clock, envelope
from events.registry import registry

logger = logging.getLogger(__name__)

BATCH = 100
# What a drainer carries in memory beyond its batch waits there and not in the table: a little, so that a crash costs little.
_CARRY = 3 * BATCH
# New work is claimed for this long; then the lane is let go, so that few processes serve many lanes in turn.
_SLICE = timedelta(seconds=2).total_seconds()
# From then on what is carried may still be brought to its end, but not for ever.
_GRACE = timedelta(seconds=4).total_seconds()
# How long a drainer without other work waits for calls to answer before it leaves, and how often it looks for messages.
_PATIENCE = 0.3
_GLANCE = 0.02


def drain(lane: int) -> int:
    """Drain the lane unless somebody else does; returns how many deliveries were settled."""
    token = lanes.take(lane)
    if token is None:
        return 0
    drainer = Drainer(Held(lane, token))
    try:
        wakeups.clear_flag(lane)
        drainer.run()
    except LaneLost:
        logger.warning(
            "The lane was lost; its new holder does what was not stored.", extra={"event": "lane.lost"}
        )
    finally:
        # Without a database there is nothing to let go: the lane is free when the connection ends.
        with suppress(Error):
            drainer.calls.leave()
            lanes.release(lane, token)
    # Cleared before the look: a message that comes after it announces itself, one that came before it is seen.
    wakeups.clear_flag(lane)
    if deliveries.is_due(lane):
        wakeups.wake_again([lane])
    return drainer.settled


class Drainer:
    """Drains one lane under one token, in one thread."""

    def __init__(self, held: Held) -> None:
        self.calls = Calls(held)
        self.settled = 0
        self._held = held
        self._batches = Batches(held)
        self._ready: deque[Attempt] = deque()
        self._to_call: list[Attempt] = []

    def run(self) -> None:
        """Handle each delivery whose last attempt never ended alone, then all that is due in batches."""
        until = time.monotonic() + _SLICE
        while time.monotonic() < until and (suspect := deliveries.claim_suspect(*self._held)):
            self._take([suspect])
            self._work(until=0.0)
        self._work(until)
        if self._to_call:
            deliveries.hand_back([attempt.delivery for attempt in self._to_call], self._held.token)

    def _work(self, until: float) -> None:
        """Work until nothing is left to do; claims new deliveries before the moment `until` only."""
        idle = looked_at = 0.0
        last_call = max(until, time.monotonic()) + _GRACE
        while idle < _PATIENCE:
            self._hear(patience=0.0)
            room = BATCH - len(self._ready)
            if (
                room > 0
                and time.monotonic() < until
                and not (self._ready and looked_at + _GLANCE > time.monotonic())
            ):
                self._take(deliveries.claim(*self._held, room))
                looked_at = time.monotonic()
            if time.monotonic() < last_call:
                self._begin_calls()
            if self._ready:
                self._handle([self._ready.popleft() for _ in range(min(BATCH, len(self._ready)))], until)
                idle = 0.0
            elif not (self.calls.unanswered or self._to_call):
                return
            else:
                idle = 0.0 if self._hear(patience=_GLANCE) else idle + _GLANCE

    def _handle(self, batch: list[Attempt], until: float) -> None:
        carry = _CARRY - len(self._ready) if time.monotonic() < until + _GRACE else 0
        self._queue(self._batches.handle(batch, carry=carry))
        self.settled += len(batch)

    def _take(self, claimed: Sequence[Claimed]) -> None:
        """Make attempts of claimed rows; one that this code cannot read waits for code that can."""
        unreadable: list[Retry] = []
        if not claimed:
            return
        for row in claimed:
            database_clock.set(row.now)
            try:
                attempt = _attempt(row)
            except Exception as error:  # noqa: BLE001 (an upcaster is anybody's code and may fail in any way)
                unreadable.append(parked(row.id, error))
            else:
                self._queue([attempt])
        self._batches.look_afresh()
        self._batches.settle(unreadable)

    def _queue(self, attempts: Iterable[Attempt]) -> None:
        for attempt in attempts:
            if attempt.crashes > deliveries.CRASHES_ALLOWED:
                self._batches.settle([attempt.verdict(ProcessDied(attempt.crashes - 1))])
            elif attempt.must_call:
                self._to_call.append(attempt)
            else:
                self._ready.append(attempt)

    def _begin_calls(self) -> None:
        if self._to_call:
            unit = self._batches.unit()
            # Whose needs cannot be read shows when each call is prepared.
            with suppress(Exception):
                unit.prefetch(
                    need for attempt in self._to_call for need in attempt.call.needs(attempt.envelope)
                )
            self._to_call = [attempt for attempt in self._to_call if not self.calls.begin(attempt, unit)]

    def _hear(self, patience: float) -> bool:
        """Take what calls have answered; whether there was anything."""
        heard = list(self.calls.answers(patience))
        self._ready.extend(answer.attempt for answer in heard if answer.error is None)
        self._batches.settle(
            [answer.attempt.verdict(answer.error) for answer in heard if answer.error is not None]
        )
        return bool(heard)


def _attempt(row: Claimed) -> Attempt:
    handler = registry.handler(row.handler)
    if handler is None:
        raise UnknownMessage(row.handler, 0)
    outcome = UNANSWERED
    if row.outcome is not None and handler.call is not None:
        outcome = msgspec.json.decode(row.outcome, type=handler.call.outcome)
    return Attempt(
        delivery=row.id,
        handler=handler,
        envelope=envelope(row.message),
        number=row.attempts,
        crashes=row.crashes,
        outcome=outcome,
    )
