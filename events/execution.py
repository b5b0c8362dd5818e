"""How is a command carried out at once? In the caller's transaction, through the same handlers and the same flush."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import transaction

from events import wakeups
from events.errors import ConcurrencyConflict, NoHandler
from events.flush import flush
from events.log import Log, database_clock
from events.messages import Command
from events.registry import registry
from events.unit import UnitOfWork, current_unit, in_unit_of_work

_RACES_ALLOWED = 5

actor: ContextVar[str | None] = ContextVar("actor", default=None)


def execute(*commands: Command) -> list[UUID]:
    """Carry the commands out now, all or none, and append them to the log; returns their message ids.

    In a handler they belong to its unit of work; elsewhere they are stored in the caller's transaction, or in one of
    their own. A race against another process is decided anew. Raises `Refusal` where a rule says no, `NoHandler` for a
    command that reaches outside (it can only be sent), `ConcurrencyConflict` where a race is lost again and again.
    """
    if in_unit_of_work():
        return [_execute(current_unit(), command) for command in commands]
    for _ in range(_RACES_ALLOWED - 1):
        try:
            return _execute_in_unit(commands)
        except ConcurrencyConflict:
            continue
    return _execute_in_unit(commands)


@contextmanager
def unit_of_work() -> Iterator[UnitOfWork]:
    """What is executed, sent and told inside is stored at its end, in one statement and one transaction.

    Raises `ConcurrencyConflict` at its end where somebody else was first; nothing is stored then.
    """
    # A savepoint where the caller has a transaction: a refused flush must not spoil it.
    with transaction.atomic():
        unit = UnitOfWork(Log(), clock=database_clock)
        with unit.turn(cause=None, actor=actor.get()):
            yield unit
        _, lanes = flush(unit)
        wakeups.wake_after_commit(lanes)


def _execute_in_unit(commands: tuple[Command, ...]) -> list[UUID]:
    with unit_of_work() as unit:
        return [_execute(unit, command) for command in commands]


def _execute(unit: UnitOfWork, command: Command) -> UUID:
    handler = registry.obeying(command.message_type.name)
    if handler.call is not None or handler.own_sql:
        raise NoHandler(f"{handler.name} reaches outside: send it, it cannot be executed at once")
    stream = handler.addresses(command) if handler.addresses else None
    # The command stands or falls with what it did, also where its caller survives a refusal.
    with unit.turn(unit.cause, unit.actor):
        envelope = unit.append(command, stream=stream, sent=False)
        unit.prefetch(handler.needs(envelope))
        with unit.turn(envelope):
            handler.run(envelope, None)
    return envelope.id
