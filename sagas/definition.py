"""How is a saga declared? As a table of typed steps, which is data: drawn, checked, enumerated and versioned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from events.messages import Command, DomainEvent
from sagas.ids import chosen_id

S = TypeVar("S", bound=DomainEvent)
E_contra = TypeVar("E_contra", bound=DomainEvent, contravariant=True)

EventType: TypeAlias = type[DomainEvent]
EventTypes: TypeAlias = EventType | tuple[EventType, ...]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a builder may know beside the starting event.

    `reason` says why the saga turned back; it is empty on the way forward. `rounds` holds for each step the round that
    a command is about: that of the command itself for its own step, the one in force for all others.
    """

    saga: str
    key: str
    rounds: Mapping[str, int]
    reason: str = ""

    def id_of(self, step: str) -> UUID:
        """The id which the saga chose for what this step makes. Raises `LookupError` for a step that it has not."""
        if step not in self.rounds:
            raise LookupError(f"saga {self.saga} has no step {step!r}; its steps: {', '.join(self.rounds)}")
        return chosen_id(self.saga, self.key, step, in_round=self.rounds[step])


Builder: TypeAlias = Callable[[E_contra, Context], Command]


@dataclass(frozen=True, kw_only=True)
class Compensation(Generic[E_contra]):
    """The command that takes an act back, and the events that tell it is undone. It is asked for until it is."""

    send: Builder[E_contra]
    succeeds_on: EventTypes


@dataclass(frozen=True, kw_only=True)
class Timeout(Generic[E_contra]):
    """How long to wait for a reply, counted from the first claim of the command.

    With `ask` the participant is asked what became of it, after each further `after`, until `give_up`; without `give_up`
    for ever. Without `ask`, `after` is when the saga gives up. Giving up turns the saga back.
    """

    after: timedelta
    ask: Builder[E_contra] | None = None
    give_up: timedelta | None = None

    @property
    def gives_up_after(self) -> timedelta | None:
        return self.give_up if self.ask else self.after


@dataclass(frozen=True, kw_only=True)
class Step(Generic[E_contra]):
    """One act of a saga: a command to one participant, and the events by which it answers.

    A step waits for the steps named in `after`, and is left out where `when` denies it. A reply belongs to the step whose
    command caused it; or, with `by`, to the step whose chosen id the event bears in that field. `of` names the step that
    chose the id, if it was another: a capture is known by the id of the payment.
    """

    name: str
    send: Builder[E_contra]
    succeeds_on: EventTypes
    fails_on: EventTypes = ()
    after: tuple[str, ...] = ()
    when: Callable[[E_contra], bool] | None = None
    timeout: Timeout[E_contra] | None = None
    by: str | None = None
    of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Compensatable(Step[E_contra]):
    """An act that can be taken back."""

    compensation: Compensation[E_contra]


@dataclass(frozen=True, kw_only=True)
class Pivot(Step[E_contra]):
    """The act that decides: from when it was sent until it is known to have failed, nothing turns back."""


@dataclass(frozen=True, kw_only=True)
class Retriable(Step[E_contra]):
    """An act after the decision, which cannot fail: it is tried until it is done. It is beyond return like the pivot."""


@dataclass(frozen=True, kw_only=True)
class NonCritical(Step[E_contra]):
    """An act on which nothing depends. It is sent at the latest when the saga completes, and its answer only noted."""


class Saga(Generic[S]):
    """A workflow over several contexts. Derive from it and fill in the table; it is never instantiated.

    `correlated_by` is the field of the starting event (and of the events in `turned_back_by`) that bears the saga's key:
    there is one saga for each (name, key). `compensation` is the saga's own last act after everything is undone; any of
    its events about the same key answers it. `deadline` is when somebody should look; it changes no decision.
    """

    name: str
    version: int = 1
    started_by: type[S]
    correlated_by: str
    turned_back_by: EventTypes = ()
    compensation: Compensation[S] | None = None
    steps: tuple[Step[S], ...]
    deadline: timedelta | None = None


SagaType: TypeAlias = type[Saga[Any]]


def event_types(declared: EventTypes) -> tuple[EventType, ...]:
    """One event class or several, as a tuple."""
    return declared if isinstance(declared, tuple) else (declared,)
