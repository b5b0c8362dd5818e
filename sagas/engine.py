"""What follows from what is known? `decide`: from a saga's history to its next decisions, and nothing else.

The rules:

* A step is sent once everything it waits for is done. The saga completes when every critical step is done.
* A failure, a time-out or a request turns the saga back, unless something that cannot be taken back was sent and is not
  known to have failed. Then the saga waits for the answer; the trouble is remembered. Turned back it never goes forward.
* Turning back undoes every round that was sent and is not known to have failed, as soon as nothing stands on it any
  more. After all is undone the saga's own compensation is sent, and its answer ends the saga.
* A retry begins a new round of a step that is not done. What the round before may have made is undone at once, and the
  saga does not complete until that is answered. The pivot has one round only, since two might both happen: in doubt it
  is asked. A retried compensation is the same request once more, under a new id. Any other retry changes nothing.
* A non-critical step neither turns the saga back nor holds up its end, and nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sagas.definition import Pivot
from sagas.facts import (
    ITSELF,
    Decision,
    Direction,
    End,
    Ending,
    Replied,
    TimedOut,
    TurnBack,
    TurnBackRequested,
)
from sagas.history import History, Round
from sagas.plan import Plan


def decide(plan: Plan, history: History) -> tuple[Decision, ...]:
    """The new decisions. None are left once they are recorded, until somebody tells something new."""
    if history.started is None or history.ended is not None:
        return ()
    if history.turned_back is not None:
        return tuple(_go_back(plan, history))
    reason = _reason_to_turn_back(plan, history)
    if reason is None:
        return tuple(_go_forward(plan, history))
    return (TurnBack(reason=reason), *_go_back(plan, history))


def _go_forward(plan: Plan, history: History) -> Iterator[Decision]:
    graph = plan.graph
    done = {name for name in graph.steps if is_done(plan, history, name)}
    is_complete = done.issuperset(graph.critical)
    for name in graph.steps:
        begun = history.begun(name)
        retries = history.wants_retry(name) and name not in done and not isinstance(graph.steps[name], Pivot)
        if retries or (not begun and done.issuperset(graph.waits_for[name])):
            yield plan.send(name, Direction.DO, in_round=begun + 1)
        if name in graph.compensatable and (retries or begun > 1):
            superseded = history.rounds(name)[: begun if retries else begun - 1]
            is_complete = is_complete and not any(old.stands for old in superseded)
            yield from _undo(plan, name, superseded)
    if is_complete:
        yield End(outcome=Ending.COMPLETED)


def _go_back(plan: Plan, history: History) -> Iterator[Decision]:
    graph = plan.graph
    standing = {name for name in graph.compensatable if any(one.stands for one in history.rounds(name))}
    for name in reversed(graph.compensatable):
        if name in standing and standing.isdisjoint(graph.followers[name]):
            yield from _undo(plan, name, history.rounds(name))
    if standing:
        return
    itself = (history.rounds(ITSELF) or (Round(),))[0]
    if plan.saga.compensation is None or itself.undone:
        yield End(outcome=Ending.COMPENSATED)
    elif len(itself.undos) < itself.undos_wanted:
        yield plan.send(ITSELF, Direction.UNDO, repeat=len(itself.undos))


def _undo(plan: Plan, step: str, rounds: Sequence[Round]) -> Iterator[Decision]:
    for number, one in enumerate(rounds, start=1):
        if one.stands and len(one.undos) < one.undos_wanted:
            yield plan.send(step, Direction.UNDO, in_round=number, repeat=len(one.undos))


def _reason_to_turn_back(plan: Plan, history: History) -> str | None:
    """Why to turn back, in a short phrase: the trouble that was recorded first counts."""
    if not history.troubles or _is_beyond_return(plan, history):
        return None
    return next((_phrase(trouble) for trouble in history.troubles if _counts(plan, history, trouble)), None)


def _is_beyond_return(plan: Plan, history: History) -> bool:
    return any(one.stands for name in plan.graph.beyond_return for one in history.rounds(name))


def _counts(plan: Plan, history: History, trouble: Replied | TimedOut | TurnBackRequested) -> bool:
    """Not if the step came to be done all the same, or is tried in a newer round, or is not critical."""
    if isinstance(trouble, TurnBackRequested):
        return True
    return (
        trouble.step in plan.graph.critical
        and trouble.round == history.round_in_force(trouble.step)
        and not history.rounds(trouble.step)[trouble.round - 1].succeeded
    )


def _phrase(trouble: Replied | TimedOut | TurnBackRequested) -> str:
    match trouble:
        case TimedOut():
            return f"{trouble.step} timed out"
        case Replied():
            said = f"{trouble.step} failed"
        case TurnBackRequested():
            said = trouble.name.rpartition(".")[2].replace("_", " ")
    return f"{said}: {trouble.reason}" if trouble.reason else said


def is_done(plan: Plan, history: History, step: str) -> bool:
    """Whether the act happened: in the round in force if it can be taken back, else in any round."""
    rounds = history.rounds(step)
    if step in plan.graph.compensatable:
        return bool(rounds) and rounds[-1].succeeded
    return any(one.succeeded for one in rounds)
