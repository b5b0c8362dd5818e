"""One saga under way: an aggregate whose events are its own decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from events import Aggregate, Decision, applies, decision
from events.messages import Command, DomainEvent, Envelope
from sagas.definition import SagaType, event_types
from sagas.engine import decide
from sagas.facts import Decision as Decided
from sagas.facts import End, Ending, Fact, Send, Started
from sagas.history import History
from sagas.plan import Plan, command_for, plan_for, resumed, started
from sagas.replies import reply
from sagas.timing import overdue


@decision("sagas.saga_decided", key="key")
class SagaDecided(Decision):
    """What the saga was told since it last decided, and what it decided then."""

    saga: str
    key: str
    at: datetime
    facts: tuple[Fact, ...]
    decisions: tuple[Decided, ...]


class SagaInstance(Aggregate):
    """The history of one saga, and the plan that its start settled. Each definition has a subclass of its own."""

    id_field = "key"
    saga: ClassVar[SagaType]

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key
        self.history = History()
        self.plan: Plan | None = None
        self.started_at: datetime | None = None
        self.changed_at: datetime | None = None
        self.ended_at: datetime | None = None

    @classmethod
    def of_stream(cls, stream: str) -> Self:
        return cls(stream.removeprefix(f"{cls.category}-"))

    @property
    def started_by(self) -> UUID | None:
        """The message that started it; None where a reply came before the start."""
        return self.history.started.message_id if self.history.started else None

    @property
    def is_over(self) -> bool:
        return self.history.ended is not None

    @property
    def ending(self) -> Ending | None:
        return self.history.ended.outcome if self.history.ended else None

    def tell(self, envelope: Envelope, *, at: datetime) -> list[Send]:
        """Take a message over and decide; returns the commands to be sent. What is not for this saga leaves no trace."""
        fact = self._fact(envelope)
        return self._decide((fact,), (), at) if fact is not None else []

    def ring(self, *, claimed: Mapping[UUID, datetime], now: datetime) -> list[Send]:
        """Take the passing of time over and decide; returns the commands to be sent."""
        assert self.plan is not None, "a clock rings for a saga that has started"
        passed = overdue(self.plan, self.history, claimed=claimed, now=now)
        asks = tuple(entry for entry in passed if isinstance(entry, Send))
        timed_out = tuple(entry for entry in passed if not isinstance(entry, Send))
        return self._decide(timed_out, asks, now) if passed else []

    def command(self, send: Send, *, start: DomainEvent) -> Command:
        assert self.plan is not None, "a saga that has not started sends nothing"
        return command_for(self.plan, self.history, send=send, start=start)

    def _fact(self, envelope: Envelope) -> Fact | None:
        event = envelope.payload
        if isinstance(event, self.saga.started_by):
            if self.plan is not None:
                return None
            self.plan = plan_for(self.saga, key=self.key, start=event)
            return started(self.plan, message_id=envelope.id)
        return reply(
            self.plan or Plan(saga=self.saga, key=self.key),
            self.history,
            event,
            causation_id=envelope.causation_id,
            message_id=envelope.id,
            name=envelope.name,
        )

    def _decide(self, told: tuple[Fact, ...], asks: tuple[Send, ...], at: datetime) -> list[Send]:
        history = History([*self.history.entries, *told, *asks])
        taken = (*asks, *(decide(self.plan, history) if self.plan is not None else ()))
        self.record(SagaDecided(saga=self.saga.name, key=self.key, at=at, facts=told, decisions=taken))
        return [entry for entry in taken if isinstance(entry, Send)]

    @applies(SagaDecided)
    def _decided(self, decided: SagaDecided) -> None:
        self.history.record(*decided.facts, *decided.decisions)
        self.changed_at = decided.at
        if any(isinstance(fact, Started) for fact in decided.facts):
            self.started_at = decided.at
            self.plan = resumed(self.saga, key=self.key, history=self.history)
        if any(isinstance(entry, End) for entry in decided.decisions):
            self.ended_at = decided.at


def instance_class(saga: SagaType) -> type[SagaInstance]:
    """The aggregate class of a definition's instances."""
    return type(f"{saga.__name__}Instance", (SagaInstance,), {"category": f"sagas.{saga.name}", "saga": saga})


def messages_for(saga: SagaType, awaited: Mapping[type[DomainEvent], object]) -> tuple[str, ...]:
    """The stored names of everything that wakes an instance."""
    classes = {saga.started_by, *event_types(saga.turned_back_by), *awaited}
    return tuple(sorted(cls.message_type.name for cls in classes))
