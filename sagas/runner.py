"""How does a saga live on the kernel? It subscribes to what it awaits, and has one clock.

Each time it is woken it appends one decision to its stream, in the flush that sends its commands. Its clock is the
delivery of its starting message to `sagas.<name>.clock`: due when its patience with a step may end, done at its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection

from events.errors import DeclarationError
from events.lookups import Lookup
from events.messages import Envelope
from events.policies import Backoff
from events.registry import Handler, Need, registry
from events.unit import again, current_unit, send
from sagas.definition import SagaType
from sagas.facts import Send
from sagas.graph import graph_of
from sagas.instance import SagaInstance, instance_class, messages_for
from sagas.timing import next_deadline
from sagas.validation import problems

# A saga is woken again and again until its database answers; its decisions cannot fail otherwise.
_BACKOFF = Backoff(attempts=20)
_CLAIMED = """
SELECT message_id, min(claimed_at) FROM events_delivery
 WHERE message_id = ANY(%s::uuid[]) AND claimed_at IS NOT NULL GROUP BY message_id
"""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A definition that runs: its instances are aggregates of class `instances`."""

    saga: SagaType
    instances: type[SagaInstance]

    @property
    def handler(self) -> str:
        return f"sagas.{self.saga.name}"

    @property
    def clock(self) -> str:
        return f"{self.handler}.clock"

    @property
    def glance(self) -> timedelta:
        """How long a clock may rest: no step that begins meanwhile has less patience than this."""
        patience = [step.timeout.after for step in self.saga.steps if step.timeout is not None]
        return min(patience, default=timedelta(minutes=10))

    def key_of(self, envelope: Envelope) -> str:
        return str(getattr(envelope.payload, self.saga.correlated_by, envelope.key))


running: dict[str, Running] = {}


def run(saga: SagaType) -> SagaType:
    """Have instances of this definition started by its event. Use as a decorator on a `Saga`.

    A definition with mistakes is registered without handlers; the system checks name them.
    """
    if saga.name in running:
        raise DeclarationError(f"two sagas are named {saga.name!r}; the name is stored and must be unique")
    runs = Running(saga=saga, instances=instance_class(saga))
    running[saga.name] = runs
    if not problems(saga):
        _subscribe(runs)
    return saga


def _subscribe(runs: Running) -> None:
    wakes_it = messages_for(runs.saga, graph_of(runs.saga, frozenset()).awaited)
    started_by = (runs.saga.started_by.message_type.name,)
    needs = partial(_needs, runs)
    registry.add_subscriber(
        Handler(name=runs.handler, messages=wakes_it, run=partial(_wake, runs), needs=needs, backoff=_BACKOFF)
    )
    registry.add_subscriber(
        Handler(
            name=runs.clock,
            messages=started_by,
            run=partial(_ring, runs),
            needs=needs,
            backoff=_BACKOFF,
            delay=runs.glance,
        )
    )


def _needs(runs: Running, envelope: Envelope) -> Iterable[Need]:
    yield runs.instances, runs.key_of(envelope)


def _wake(runs: Running, envelope: Envelope, outcome: Any) -> None:
    """Tell the instance what happened, and carry out what it decides."""
    unit = current_unit()
    instance = unit.aggregate(runs.instances, runs.key_of(envelope))
    if isinstance(envelope.payload, runs.saga.started_by):
        unit.remember(envelope)
    was_over = instance.is_over
    _carry_out(instance, instance.tell(envelope, at=unit.now()))
    if instance.is_over and not was_over and instance.started_by is not None:
        unit.move(instance.started_by, runs.clock, None)


def _ring(runs: Running, envelope: Envelope, outcome: Any) -> None:
    """Let the instance's patience end where it is over, and set the clock anew; it stops when the saga has ended.

    It rests no longer than the least patience of any step, so that a step which begins meanwhile is never overslept.
    """
    unit = current_unit()
    instance = unit.aggregate(runs.instances, runs.key_of(envelope))
    if instance.is_over:
        return
    rest = runs.glance
    if instance.plan is not None:
        now, claimed = unit.now(), _claimed(instance)
        _carry_out(instance, instance.ring(claimed=claimed, now=now))
        deadline = next_deadline(instance.plan, instance.history, claimed=claimed, now=now)
        rest = max(timedelta(0), min(rest, deadline - now)) if deadline is not None else rest
    if not instance.is_over:
        again(rest)


def _claimed(instance: SagaInstance) -> Mapping[UUID, Any]:
    unit, commands = current_unit(), instance.history.commands
    unit.prefetch((claims, command) for command in commands)
    found = {command: unit.value(claims, command) for command in commands}
    return {command: at for command, at in found.items() if at is not None}


def _carry_out(instance: SagaInstance, sends: list[Send]) -> None:
    """Append the decision, and the commands that it causes."""
    unit = current_unit()
    for decided in unit.collect(instance):
        if sends:
            assert instance.started_by is not None, "only a saga that has started sends"
            start = unit.message(instance.started_by).payload
            with unit.turn(decided):
                for entry in sends:
                    send(instance.command(entry, start=start), id=entry.command_id)


def _first_claims(commands: Collection[Any]) -> Mapping[Any, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIMED, [list(commands)])
        return dict(cursor.fetchall())


claims = Lookup("claims", _first_claims)
