"""How do a saga's steps stand on each other, once those that a start leaves out are gone?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from sagas.definition import (
    Builder,
    Compensatable,
    EventType,
    EventTypes,
    Pivot,
    Retriable,
    SagaType,
    Step,
    event_types,
)
from sagas.facts import ITSELF, Direction, Outcome

Steps: TypeAlias = dict[str, Step[Any]]


class Awaited(NamedTuple):
    """What an event class says about a step."""

    step: str
    direction: Direction
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The steps in the order of their declaration, and everything about them that is asked often.

    `critical` are the steps without which the saga is not complete; `beyond_return` those that cannot be taken back.
    """

    steps: Steps
    waits_for: dict[str, tuple[str, ...]]
    followers: dict[str, tuple[str, ...]]
    critical: tuple[str, ...]
    compensatable: tuple[str, ...]
    beyond_return: tuple[str, ...]
    awaited: dict[EventType, tuple[Awaited, ...]]
    builders: dict[tuple[str, Direction], Builder[Any]]


def graph_of(saga: SagaType, left_out: frozenset[str]) -> Graph:
    """The graph of one variant of a sound definition.

    A left-out step counts as done once what it waits for is done, so its followers wait for that in its place.
    """
    return _graph_of((saga, left_out))


@cache
def _graph_of(variant: tuple[SagaType, frozenset[str]]) -> Graph:
    saga, left_out = variant
    every: Steps = {step.name: step for step in saga.steps}
    steps = {name: step for name, step in every.items() if name not in left_out}
    waits_for = {
        name: tuple(dict.fromkeys(_present(step.after, every, left_out))) for name, step in steps.items()
    }
    return Graph(
        steps=steps,
        waits_for=waits_for,
        followers={name: tuple(other for other in steps if name in waits_for[other]) for name in steps},
        critical=_names(steps, Compensatable, Pivot, Retriable),
        compensatable=_names(steps, Compensatable),
        beyond_return=_names(steps, Pivot, Retriable),
        awaited=_by_event(saga, steps),
        builders=dict(_builders(saga, steps)),
    )


def answers(step: Step[Any]) -> Iterator[tuple[Direction, Outcome, EventTypes]]:
    """All the ways in which a step is answered."""
    yield Direction.DO, Outcome.SUCCEEDED, step.succeeds_on
    yield Direction.DO, Outcome.FAILED, step.fails_on
    if isinstance(step, Compensatable):
        yield Direction.UNDO, Outcome.SUCCEEDED, step.compensation.succeeds_on


def _present(after: tuple[str, ...], every: Steps, left_out: frozenset[str]) -> Iterator[str]:
    for name in after:
        if name in left_out:
            yield from _present(every[name].after, every, left_out)
        else:
            yield name


def _names(steps: Steps, *kinds: type[Step[Any]]) -> tuple[str, ...]:
    return tuple(name for name, step in steps.items() if isinstance(step, kinds))


def _by_event(saga: SagaType, steps: Steps) -> dict[EventType, tuple[Awaited, ...]]:
    awaited: dict[EventType, tuple[Awaited, ...]] = {}
    for name, step in steps.items():
        for direction, outcome, events in answers(step):
            for event in event_types(events):
                awaited[event] = (*awaited.get(event, ()), Awaited(name, direction, outcome))
    if saga.compensation is not None:
        for event in event_types(saga.compensation.succeeds_on):
            itself = Awaited(ITSELF, Direction.UNDO, Outcome.SUCCEEDED)
            awaited[event] = (*awaited.get(event, ()), itself)
    return awaited


def _builders(saga: SagaType, steps: Steps) -> Iterator[tuple[tuple[str, Direction], Builder[Any]]]:
    for name, step in steps.items():
        yield (name, Direction.DO), step.send
        if step.timeout is not None and step.timeout.ask is not None:
            yield (name, Direction.ASK), step.timeout.ask
        if isinstance(step, Compensatable):
            yield (name, Direction.UNDO), step.compensation.send
    if saga.compensation is not None:
        yield (ITSELF, Direction.UNDO), saga.compensation.send
