"""What is this one saga going to do? Its definition, less the steps that its start leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from events.messages import Command, DomainEvent
from sagas.definition import Context, SagaType
from sagas.facts import Direction, Send, Started
from sagas.graph import Graph, graph_of
from sagas.history import History
from sagas.ids import chosen_id, command_id


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The definition as it holds for the instance with this key."""

    saga: SagaType
    key: str
    left_out: frozenset[str] = frozenset()
    graph: Graph = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "graph", graph_of(self.saga, self.left_out))

    def chosen_id(self, step: str, *, in_round: int = 1) -> UUID:
        """The id of what a step's round makes, as builders and replies name it."""
        return chosen_id(self.saga.name, self.key, step, in_round=in_round)

    def send(self, step: str, direction: Direction, *, in_round: int = 1, repeat: int = 0) -> Send:
        """The decision to send a command, under the id that it has whenever it is taken."""
        chosen = command_id(
            self.saga.name, self.key, step, direction=direction, in_round=in_round, repeat=repeat
        )
        return Send(step=step, direction=direction, round=in_round, repeat=repeat, command_id=chosen)


def plan_for(saga: SagaType, *, key: str, start: DomainEvent) -> Plan:
    """The plan of an instance that is about to start: the only time that `when` is asked."""
    left_out = (step.name for step in saga.steps if step.when is not None and not step.when(start))
    return Plan(saga=saga, key=key, left_out=frozenset(left_out))


def started(plan: Plan, *, message_id: UUID) -> Started:
    """The first entry of the history. It records what the plan leaves out, so that the plan can be made again."""
    return Started(message_id=message_id, version=plan.saga.version, left_out=tuple(sorted(plan.left_out)))


def resumed(saga: SagaType, *, key: str, history: History) -> Plan:
    """The plan of an instance that has started, as it was settled then."""
    return Plan(saga=saga, key=key, left_out=history.left_out)


def command_for(plan: Plan, history: History, *, send: Send, start: DomainEvent) -> Command:
    """What to send. Until the saga turns back or retries a step, the same decision builds the same command."""
    rounds = {step.name: history.round_in_force(step.name) for step in plan.saga.steps}
    if send.step in rounds:
        rounds[send.step] = send.round
    context = Context(saga=plan.saga.name, key=plan.key, rounds=rounds, reason=history.reason)
    return plan.graph.builders[send.step, send.direction](start, context)
