"""Which mistakes does a definition make? Found when Django starts, not when an order waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import combinations
from typing import Any, TypeAlias

from sagas.definition import (
    Compensatable,
    EventType,
    NonCritical,
    Pivot,
    Retriable,
    SagaType,
    Step,
    event_types,
)
from sagas.facts import ITSELF, Direction, Outcome
from sagas.graph import answers


class Mistake(StrEnum):
    """The kinds of mistakes; a value is the number of its system check and never used for another."""

    INCOMPLETE = "E001"
    UNCORRELATED = "E002"
    NAME = "E003"
    UNKNOWN_STEP = "E004"
    CYCLE = "E005"
    TWO_PIVOTS = "E006"
    NOT_BEFORE_THE_PIVOT = "E007"
    NOT_AFTER_THE_PIVOT = "E008"
    WAITS_FOR_NON_CRITICAL = "E009"
    AMBIGUOUS_REPLY = "E010"
    CONTRADICTORY_REPLY = "E011"
    CANNOT_FAIL = "E012"
    PATIENCE = "E013"
    UNKNOWN_FIELD = "E014"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake: which, where, and what to do about it."""

    mistake: Mistake
    saga: str
    message: str
    hint: str


Found: TypeAlias = Iterator[tuple[Mistake, str, str]]


def problems(saga: SagaType) -> list[Problem]:
    """All mistakes of a definition. Its graph may be made only if there are none."""
    checks = _CHECKS if not list(_incomplete(saga)) else (_incomplete,)
    return [
        Problem(mistake=mistake, saga=saga.__name__, message=message, hint=hint)
        for check in checks
        for mistake, message, hint in check(saga)
    ]


def _incomplete(saga: SagaType) -> Found:
    for attribute in ("name", "started_by", "correlated_by", "steps"):
        if not getattr(saga, attribute, None):
            yield Mistake.INCOMPLETE, f"{attribute} is missing", f"Set {attribute} in the class body."


def _uncorrelated(saga: SagaType) -> Found:
    told = [saga.started_by, *event_types(saga.turned_back_by)]
    if saga.compensation is not None:
        told += event_types(saga.compensation.succeeds_on)
    for event in told:
        if saga.correlated_by not in event.__struct_fields__:
            message = f"{event.__name__} has no field {saga.correlated_by}, by which the saga would be found"
            yield (
                Mistake.UNCORRELATED,
                message,
                "Give the event the field, or correlate by one that all of them have.",
            )


def _badly_named(saga: SagaType) -> Found:
    for name, count in Counter(step.name for step in saga.steps).items():
        if count > 1:
            yield (
                Mistake.NAME,
                f"{count} steps are named {name}",
                "Names are stored and must be unique in a saga.",
            )
        if not name or "/" in name or name == ITSELF:
            yield (
                Mistake.NAME,
                f"a step is named {name!r}",
                f"Choose a name other than {ITSELF!r} and without a slash.",
            )


def _unknown_steps(saga: SagaType) -> Found:
    names = {step.name for step in saga.steps}
    for step in saga.steps:
        for other in (*step.after, *([step.of] if step.of else ())):
            if other not in names:
                message = f"{step.name} names a step {other}, which the saga has not"
                yield Mistake.UNKNOWN_STEP, message, f"The steps are: {', '.join(sorted(names))}."


def _cycles(saga: SagaType) -> Found:
    before = _before(saga)
    circling = [step.name for step in saga.steps if step.name in before[step.name]]
    if circling:
        hint = "Take one `after` out, so that a first step can begin."
        yield Mistake.CYCLE, f"{', '.join(circling)} wait for each other", hint


def _order(saga: SagaType) -> Found:
    """What can fail or be taken back comes before what cannot."""
    before, pivots = _before(saga), _of_kind(saga, Pivot)
    if len(pivots) > 1:
        hint = "Keep the one that decides; make the others compensatable, or retriable after it."
        yield Mistake.TWO_PIVOTS, f"{', '.join(pivots)} are all pivots", hint
    for final in pivots or _of_kind(saga, Retriable):
        for early in _of_kind(saga, Compensatable):
            if early not in before[final]:
                message = f"{early} could still fail or be taken back after {final}, which cannot be"
                yield (
                    Mistake.NOT_BEFORE_THE_PIVOT,
                    message,
                    f"Let {final} wait for {early}, directly or through others.",
                )
    for late in _of_kind(saga, Retriable):
        if not before[late].issuperset(pivots):
            message = f"{late} cannot be taken back, but does not wait for the pivot"
            yield Mistake.NOT_AFTER_THE_PIVOT, message, f"Put {late} after {', '.join(pivots)}."


def _waits_for_non_critical(saga: SagaType) -> Found:
    idle = set(_of_kind(saga, NonCritical))
    for step in saga.steps:
        for other in sorted(idle.intersection(step.after)):
            message = f"{step.name} waits for {other}, which may never answer"
            yield Mistake.WAITS_FOR_NON_CRITICAL, message, f"Put {step.name} after what {other} waits for."


def _ambiguous_replies(saga: SagaType) -> Found:
    waiting: dict[EventType, list[tuple[str, str | None]]] = {}
    for step in saga.steps:
        known_by = (step.of or step.name) if step.by else None
        for event in {event for _, _, events in answers(step) for event in event_types(events)}:
            waiting.setdefault(event, []).append((step.name, known_by))
    ends = saga.compensation.succeeds_on if saga.compensation is not None else ()
    for event in (saga.started_by, *event_types(saga.turned_back_by), *event_types(ends)):
        waiting.setdefault(event, []).append((ITSELF, None))
    for event, steps in waiting.items():
        for (one, its_id), (other, other_id) in combinations(steps, 2):
            if its_id is None or other_id is None or its_id == other_id:
                message = f"{event.__name__} could be meant for {one} or for {other}"
                yield Mistake.AMBIGUOUS_REPLY, message, "Tell them apart with `by`, or use two events."


def _contradictory_replies(saga: SagaType) -> Found:
    for step in saga.steps:
        meanings: dict[EventType, set[tuple[Direction, Outcome]]] = {}
        for direction, outcome, events in answers(step):
            for event in event_types(events):
                meanings.setdefault(event, set()).add((direction, outcome))
        for event in (event for event, several in meanings.items() if len(several) > 1):
            message = f"{event.__name__} answers {step.name} in more than one way"
            yield Mistake.CONTRADICTORY_REPLY, message, "Use one event for each answer."


def _retriables_that_fail(saga: SagaType) -> Found:
    for step in saga.steps:
        if isinstance(step, Retriable) and step.fails_on:
            hint = "Make it compensatable and put it before the pivot, or drop fails_on."
            yield Mistake.CANNOT_FAIL, f"{step.name} is retriable and cannot fail, but names fails_on", hint


def _patience(saga: SagaType) -> Found:
    for step in saga.steps:
        timeout = step.timeout
        if timeout is None:
            continue
        message = f"the time-out of {step.name}"
        if isinstance(step, NonCritical):
            yield Mistake.PATIENCE, f"{message} is waited for by nobody", "Drop it: the step is non-critical."
        elif not isinstance(step, Compensatable) and timeout.gives_up_after is not None:
            hint = "Give it `ask` and no `give_up`: what cannot be taken back must be known."
            yield Mistake.PATIENCE, f"{message} gives up on what cannot be taken back", hint
        if timeout.ask is None and timeout.give_up is not None:
            yield (
                Mistake.PATIENCE,
                f"{message} names give_up but no ask",
                "Without `ask`, `after` is the give-up.",
            )
        if not timedelta(0) < timeout.after < (timeout.give_up or timedelta.max):
            yield Mistake.PATIENCE, f"{message} is out of order", "It takes 0 < after < give_up."


def _unknown_fields(saga: SagaType) -> Found:
    for step in saga.steps:
        if step.of and not step.by:
            yield (
                Mistake.UNKNOWN_FIELD,
                f"{step.name} names `of` without `by`",
                "Name the field that bears the id.",
            )
        for event in (event for _, _, events in answers(step) for event in event_types(events)):
            if step.by and step.by not in event.__struct_fields__:
                message = f"{event.__name__} has no field {step.by}, by which {step.name} would know it"
                yield Mistake.UNKNOWN_FIELD, message, "Give all answers of the step this field."


def _before(saga: SagaType) -> dict[str, set[str]]:
    """All steps that must be done before each step. Bears unknown names and cycles."""
    after = {step.name: step.after for step in saga.steps}

    def walk(name: str, seen: set[str]) -> set[str]:
        for other in after.get(name, ()):
            if other not in seen:
                seen.add(other)
                walk(other, seen)
        return seen

    return {name: walk(name, set()) for name in after}


def _of_kind(saga: SagaType, kind: type[Step[Any]]) -> list[str]:
    return [step.name for step in saga.steps if isinstance(step, kind)]


_CHECKS: tuple[Callable[[SagaType], Found], ...] = (
    _uncorrelated,
    _badly_named,
    _unknown_steps,
    _cycles,
    _order,
    _waits_for_non_critical,
    _ambiguous_replies,
    _contradictory_replies,
    _retriables_that_fail,
    _patience,
    _unknown_fields,
)
