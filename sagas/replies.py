"""Which step does an event answer?"""

from __future__ import annotations

from uuid import UUID

from events.messages import DomainEvent
from sagas.definition import event_types
from sagas.facts import ITSELF, Direction, Replied, TurnBackRequested
from sagas.graph import Awaited
from sagas.history import History
from sagas.plan import Plan


def reply(
    plan: Plan,
    history: History,
    event: DomainEvent,
    *,
    causation_id: UUID | None,
    message_id: UUID,
    name: str,
) -> Replied | TurnBackRequested | None:
    """The fact to record, or None if the event is not for this saga. `name` is the stored name of the event.

    Repeated, late or after the end: it is a fact all the same, and changes nothing where nothing is to change.
    """
    if type(event) in event_types(plan.saga.turned_back_by) and _is_about(plan, event):
        return TurnBackRequested(message_id=message_id, name=name, reason=_reason(event))
    for awaited in plan.graph.awaited.get(type(event), ()):
        answered = _round(plan, history, awaited, event, causation_id)
        if answered is not None:
            return Replied(
                step=awaited.step,
                direction=awaited.direction,
                round=answered,
                outcome=awaited.outcome,
                message_id=message_id,
                name=name,
                reason=_reason(event),
            )
    return None


def _round(
    plan: Plan, history: History, awaited: Awaited, event: DomainEvent, causation_id: UUID | None
) -> int | None:
    if awaited.step == ITSELF:
        return 1 if _is_about(plan, event) else None
    step, caused = plan.graph.steps[awaited.step], _round_of_command(history, awaited, causation_id)
    if step.by is None:
        return caused
    known_as, maker = getattr(event, step.by, None), step.of or step.name
    for number in range(1, history.round_in_force(maker) + 1):
        if plan.chosen_id(maker, in_round=number) == known_as:
            return number if maker == step.name else caused or history.round_in_force(step.name)
    return None


def _round_of_command(history: History, awaited: Awaited, causation_id: UUID | None) -> int | None:
    """The round whose command caused the event. To be asked and to be told to act are answered alike."""
    send = history.commands.get(causation_id) if causation_id else None
    if send is None or send.step != awaited.step:
        return None
    is_undo = send.direction is Direction.UNDO
    return send.round if is_undo == (awaited.direction is Direction.UNDO) else None


def _is_about(plan: Plan, event: DomainEvent) -> bool:
    return str(getattr(event, plan.saga.correlated_by, None)) == plan.key


def _reason(event: DomainEvent) -> str:
    """What the event says about why, in the fields where events usually say it."""
    return str(getattr(event, "reason", None) or getattr(event, "code", None) or "")
