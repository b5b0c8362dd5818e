"""What is a saga's history made of? Facts that others told, and decisions that it took itself.

Both are stored, so the written tags and field names below are for ever; a new field needs a default. A round is one
attempt at a step, with ids of its own. It begins at 1, and a retry of the step begins the next.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct

ITSELF = "saga"
"""The step name under which the saga's own compensation is recorded; no step may have it."""


class Direction(StrEnum):
    """What a command asks of a step: to act, to take the act back, or to say what became of it."""

    DO = "do"
    UNDO = "undo"
    ASK = "ask"


class Outcome(StrEnum):
    """What a participant answered."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Ending(StrEnum):
    """How a saga ended: all done, or all undone."""

    COMPLETED = "completed"
    COMPENSATED = "compensated"


class _Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    pass


class Started(_Entry, frozen=True, kw_only=True, tag="started"):
    """The starting event was seen; what depends on it alone is settled here and never asked again."""

    message_id: UUID
    version: int = 1
    left_out: tuple[str, ...] = ()


class Replied(_Entry, frozen=True, kw_only=True, tag="replied"):
    """A participant told what became of a round: of its act (`do`, whether told or asked) or of its undoing.

    An operator who completes or fails a step by hand is recorded as a reply too, under the name of that request.
    """

    step: str
    direction: Direction
    round: int
    outcome: Outcome
    message_id: UUID
    name: str
    reason: str = ""


class TimedOut(_Entry, frozen=True, kw_only=True, tag="timed_out"):
    """The saga's patience with a round is over; what became of the act is unknown."""

    step: str
    direction: Direction
    round: int


class TurnBackRequested(_Entry, frozen=True, kw_only=True, tag="turn_back_requested"):
    """Somebody outside wants everything taken back: the customer who cancels, or an operator."""

    message_id: UUID
    name: str
    reason: str = ""


class RetryRequested(_Entry, frozen=True, kw_only=True, tag="retry_requested"):
    """An operator wants the act tried in a new round, or its undoing asked for once more."""

    step: str
    direction: Direction
    message_id: UUID


class Send(_Entry, frozen=True, kw_only=True, tag="send"):
    """Send the command of a step's round. `repeat` counts commands of one direction in one round, from 0."""

    step: str
    direction: Direction
    round: int
    command_id: UUID
    repeat: int = 0


class TurnBack(_Entry, frozen=True, kw_only=True, tag="turn_back"):
    """Go forward no more: undo everything, for this reason."""

    reason: str


class End(_Entry, frozen=True, kw_only=True, tag="end"):
    """Nothing more will be sent."""

    outcome: Ending


Fact: TypeAlias = Started | Replied | TimedOut | TurnBackRequested | RetryRequested
Decision: TypeAlias = Send | TurnBack | End
Entry: TypeAlias = Fact | Decision
