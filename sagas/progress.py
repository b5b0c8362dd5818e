"""Where does a saga stand? For people and for health; no decision rests on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sagas.engine import is_done
from sagas.facts import ITSELF, Direction
from sagas.history import History, Round
from sagas.plan import Plan


class Waiting(NamedTuple):
    """A reply without which the saga cannot go on, and the last command that asked for it."""

    step: str
    direction: Direction
    round: int
    command_id: UUID


class Position(StrEnum):
    """How far one step has come, on the way forward or back."""

    LEFT_OUT = "left_out"
    NOT_SENT = "not_sent"
    SENT = "sent"
    IN_DOUBT = "in_doubt"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


def waiting_for(plan: Plan, history: History) -> tuple[Waiting, ...]:
    """The replies that the saga waits for; empty before its start and after its end."""
    if history.started is None or history.ended is not None:
        return ()
    return (*_acts(plan, history), *_undoings(plan, history))


def positions(plan: Plan, history: History) -> dict[str, Position]:
    """How far each step of the definition has come, in the order of the definition."""
    return {step.name: _position(plan, history, step.name) for step in plan.saga.steps}


def _acts(plan: Plan, history: History) -> Iterator[Waiting]:
    """Of what goes forward; and of nothing once the saga has turned back."""
    for name in () if history.turned_back else plan.graph.critical:
        number = history.begun(name)
        if number and not is_done(plan, history, name):
            newest = history.rounds(name)[number - 1]
            if newest.last_command and not newest.failed:
                yield Waiting(name, Direction.DO, number, newest.last_command)


def _undoings(plan: Plan, history: History) -> Iterator[Waiting]:
    """Of everything that was told to undo: by turning back, or for a retry."""
    for name in (*plan.graph.compensatable, ITSELF):
        for number, one in enumerate(history.rounds(name), start=1):
            if one.undos and not one.undone and not one.is_known_to_have_failed:
                yield Waiting(name, Direction.UNDO, number, one.undos[-1])


def _position(plan: Plan, history: History, name: str) -> Position:
    if name in plan.left_out:
        return Position.LEFT_OUT
    rounds = history.rounds(name)
    if history.turned_back and any(one.undos for one in rounds):
        return _back(rounds)
    if is_done(plan, history, name):
        return Position.DONE
    if not history.begun(name):
        return Position.NOT_SENT
    newest = rounds[history.begun(name) - 1]
    if newest.failed:
        return Position.FAILED
    return Position.IN_DOUBT if newest.timed_out or newest.asks else Position.SENT


def _back(rounds: Sequence[Round]) -> Position:
    return Position.UNDOING if any(one.stands for one in rounds) else Position.UNDONE
