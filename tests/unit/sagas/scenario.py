"""Given, when, then for one saga: events in, commands out, through the functions that the runner uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from events.messages import Command, DomainEvent
from sagas.definition import SagaType
from sagas.engine import decide
from sagas.facts import Direction, Ending, Entry, RetryRequested, Send
from sagas.history import History
from sagas.plan import command_for, plan_for, started
from sagas.replies import reply
from sagas.timing import next_deadline, overdue

from .toys import KEY, OrderConfirmed, OrderSaga

EPOCH = datetime(2031, 5, 4, tzinfo=UTC)
SEEN = UUID(int=99)


class Scenario:
    """One instance. `due` holds the commands that the last `when` sent."""

    def __init__(self, order: OrderConfirmed | None = None, saga: SagaType = OrderSaga) -> None:
        self.order = order or OrderConfirmed()
        self.plan = plan_for(saga, key=KEY, start=self.order)
        self.history = History()
        self.claimed: dict[UUID, datetime] = {}
        self.now = EPOCH
        self.sent: list[Command] = []
        self.record(started(self.plan, message_id=SEEN))

    def given(self, *events: DomainEvent) -> Scenario:
        return self.when(*events)

    def when(self, *events: DomainEvent) -> Scenario:
        """The events are seen one by one."""
        self.sent = []
        for event in events:
            self.record(*self._facts(event))
        return self

    def seen_at_once(self, *events: DomainEvent) -> Scenario:
        """The events are seen together, before anything is decided."""
        self.sent = []
        self.record(*(fact for event in events for fact in self._facts(event)))
        return self

    def after(self, passed: timedelta) -> Scenario:
        """Time passes; whatever was sent before was claimed when it was sent."""
        self.sent = []
        self.now += passed
        self.record(*overdue(self.plan, self.history, claimed=self.claimed, now=self.now))
        return self

    def retry(self, step: str, direction: Direction = Direction.DO) -> Scenario:
        self.sent = []
        self.record(RetryRequested(step=step, direction=direction, message_id=SEEN))
        return self

    def record(self, *entries: Entry) -> None:
        self.history.record(*entries)
        decisions = decide(self.plan, self.history)
        self.history.record(*decisions)
        for entry in (*entries, *decisions):
            if isinstance(entry, Send):
                self.claimed[entry.command_id] = self.now
                self.sent.append(command_for(self.plan, self.history, send=entry, start=self.order))
        assert decide(self.plan, self.history) == (), "deciding twice decides nothing new"

    def id_of(self, step: str, in_round: int = 1) -> UUID:
        return self.plan.chosen_id(step, in_round=in_round)

    @property
    def due(self) -> set[object]:
        return {type(command) for command in self.sent}

    @property
    def ended(self) -> Ending | None:
        return self.history.ended.outcome if self.history.ended else None

    @property
    def deadline(self) -> timedelta | None:
        at = next_deadline(self.plan, self.history, claimed=self.claimed, now=self.now)
        return None if at is None else at - EPOCH

    def _facts(self, event: DomainEvent) -> Iterator[Entry]:
        cause = self._cause(event)
        fact = reply(self.plan, self.history, event, causation_id=cause, message_id=SEEN, name=name_of(event))
        if fact is not None:
            yield fact

    def _cause(self, event: DomainEvent) -> UUID | None:
        """The last command that this event can answer."""
        for awaited in self.plan.graph.awaited.get(type(event), ()):
            wanted = (
                (Direction.UNDO,) if awaited.direction is Direction.UNDO else (Direction.DO, Direction.ASK)
            )
            for command, send in reversed(self.history.commands.items()):
                if send.step == awaited.step and send.direction in wanted:
                    return command
        return None


def both(one: type[Command], other: type[Command]) -> set[object]:
    """Two kinds of commands. (Of a literal set, mypy wants a common constructor.)"""
    return {one, other}


def name_of(event: Any) -> str:
    """A stored name, as the kernel would have it."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(event).__name__)
    return f"toys.{words[1:]}"
