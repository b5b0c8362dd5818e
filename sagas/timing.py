"""When has a saga waited long enough, and when must it look again?

A wait counts from the first claim of the command: one that is still queued is lag, not silence. Patience matters on the
way forward only; what is to be undone is waited for until it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sagas.definition import Timeout
from sagas.facts import Direction, Send, TimedOut
from sagas.history import History, Round
from sagas.plan import Plan


def overdue(
    plan: Plan, history: History, *, claimed: Mapping[UUID, datetime], now: datetime
) -> tuple[TimedOut | Send, ...]:
    """What the passing of time makes true by now: record it, send what is to be sent, then `decide`.

    `claimed` tells when each command was first claimed; it lacks those that were not.
    """
    return tuple(entry for wait in _waits(plan, history) if (entry := _overdue(plan, wait, claimed, now)))


def next_deadline(
    plan: Plan, history: History, *, claimed: Mapping[UUID, datetime], now: datetime
) -> datetime | None:
    """When the clock must ring next, or None if no time-out runs. In the past if something is overdue already."""
    return min((_next(wait, claimed, now) for wait in _waits(plan, history)), default=None)


class _Wait(NamedTuple):
    step: str
    number: int
    known: Round
    sent: UUID
    last_command: UUID
    timeout: Timeout[Any]


def _waits(plan: Plan, history: History) -> Iterator[_Wait]:
    if history.started is None or history.turned_back is not None or history.ended is not None:
        return
    for name, step in plan.graph.steps.items():
        number = history.begun(name)
        if step.timeout is None or not number:
            continue
        known = history.rounds(name)[number - 1]
        if known.sent and known.last_command and not (known.succeeded or known.failed or known.timed_out):
            yield _Wait(name, number, known, known.sent, known.last_command, step.timeout)


def _overdue(
    plan: Plan, wait: _Wait, claimed: Mapping[UUID, datetime], now: datetime
) -> TimedOut | Send | None:
    gives_up_at, asks_at = _gives_up_at(wait, claimed), _asks_at(wait, claimed)
    if gives_up_at is not None and gives_up_at <= now:
        return TimedOut(step=wait.step, direction=Direction.DO, round=wait.number)
    if asks_at is not None and asks_at <= now:
        return plan.send(wait.step, Direction.ASK, in_round=wait.number, repeat=len(wait.known.asks))
    return None


def _next(wait: _Wait, claimed: Mapping[UUID, datetime], now: datetime) -> datetime:
    """The earliest of what can become due; while the last command waits for its claim, look again after its time."""
    moments = [at for at in (_gives_up_at(wait, claimed), _asks_at(wait, claimed)) if at is not None]
    if wait.last_command not in claimed:
        moments.append(now + wait.timeout.after)
    return min(moments)


def _gives_up_at(wait: _Wait, claimed: Mapping[UUID, datetime]) -> datetime | None:
    claimed_at, patience = claimed.get(wait.sent), wait.timeout.gives_up_after
    return None if claimed_at is None or patience is None else claimed_at + patience


def _asks_at(wait: _Wait, claimed: Mapping[UUID, datetime]) -> datetime | None:
    """Counted from the last command that could be answered: questions must not pile up in a queue that lags."""
    claimed_at = claimed.get(wait.last_command)
    return None if claimed_at is None or wait.timeout.ask is None else claimed_at + wait.timeout.after
