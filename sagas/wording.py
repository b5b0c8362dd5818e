"""What does an entry of a saga's history say, in words?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from events.models import Message
from sagas.facts import (
    ITSELF,
    Direction,
    End,
    Entry,
    Replied,
    RetryRequested,
    Started,
    TimedOut,
    TurnBack,
    TurnBackRequested,
)
from sagas.instance import SagaDecided


class Fact(NamedTuple):
    """Something told to the saga, and the message that told it."""

    name: str
    message_id: UUID | None
    meant: str


def fact(entry: Entry, named: Mapping[UUID, Message] | None = None) -> Fact:
    """The entry as something that was told; `named` holds messages whose names are known."""
    match entry:
        case Started():
            start = (named or {}).get(entry.message_id)
            return Fact(start.name if start else "the starting event", entry.message_id, "started")
        case Replied():
            return Fact(entry.name, entry.message_id, _outcome(entry))
        case TurnBackRequested():
            return Fact(
                entry.name,
                entry.message_id,
                f"asks to turn back: {entry.reason}" if entry.reason else "asks to turn back",
            )
        case RetryRequested():
            return Fact("an operator's request", entry.message_id, f"wants {entry.step} tried again")
        case TimedOut():
            return Fact("the clock", None, f"{entry.step} did not answer in time")
    return Fact(type(entry).__name__, None, "")


def _outcome(reply: Replied) -> str:
    what = "was undone" if reply.direction is Direction.UNDO else reply.outcome.value
    step = "the saga itself" if reply.step == ITSELF else reply.step
    return (
        f"{step} {what}"
        + (f": {reply.reason}" if reply.reason else "")
        + (f", round {reply.round}" if reply.round > 1 else "")
    )


def changes(decided: SagaDecided) -> Iterator[str]:
    """What a decision changed, in words: what its facts meant, and what followed beside commands."""
    for entry in decided.facts:
        if isinstance(entry, Started) and entry.left_out:
            yield f"left out: {', '.join(entry.left_out)}"
        yield fact(entry).meant
    for decision in decided.decisions:
        if isinstance(decision, TurnBack):
            yield f"turned back: {decision.reason}"
        elif isinstance(decision, End):
            yield f"ended, {decision.outcome.value}"
