"""How is a function made a handler?

Handlers are written for one message. They load, decide and record through `events.store` and `events.unit`; the kernel
does the I/O for a whole batch of them. A handler may run more than once for one message, its effects are stored once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from events.aggregates import Aggregate
from events.errors import DeclarationError
from events.messages import Command, DomainEvent, Envelope, Payload
from events.policies import Backoff
from events.registry import Call, Handler, Need, registry

F = TypeVar("F", bound=Callable[..., Any])
NeedsOf = Callable[[Any], Iterable[Need]]

_calls: dict[str, Call] = {}


def handles(
    command: type[Command],
    *,
    on: type[Aggregate] | None = None,
    needs: NeedsOf | None = None,
    backoff: Backoff | None = None,
) -> Callable[[F], F]:
    """The function obeys `command`. `on` is the aggregate that it changes, `needs` what else it will read.

    Both are hints: what they name is read for the whole batch in one query, what they do not name when it is asked for.
    """
    declared = command.message_type

    def declare(function: F) -> F:
        registry.add_command_handler(
            Handler(
                name=declared.name,
                messages=(declared.name,),
                run=lambda envelope, outcome: function(envelope.payload),
                needs=_needs(on, needs),
                addresses=_addresses(on),
                backoff=backoff or Backoff(),
            )
        )
        return function

    return declare


def subscribe(
    event: type[DomainEvent],
    *,
    name: str,
    on: type[Aggregate] | None = None,
    needs: NeedsOf | None = None,
    backoff: Backoff | None = None,
    lane_group: str = "default",
    own_sql: bool = False,
) -> Callable[[F], F]:
    """The function reacts to `event`, asynchronously, under a stored `name` of its own.

    With `own_sql` it may use the ORM: it then runs alone in a transaction that also stores what it records. A handler
    that must be throttled names a `lane_group` of its own, so that it holds nobody else up.
    """

    def declare(function: F) -> F:
        registry.add_subscriber(
            Handler(
                name=name,
                messages=(event.message_type.name,),
                run=lambda envelope, outcome: function(envelope.payload),
                needs=_needs(on, needs),
                backoff=backoff or Backoff(),
                lane_group=lane_group,
                own_sql=own_sql,
            )
        )
        return function

    return declare


def calls(
    command: type[Command],
    *,
    outcome: Any,
    timeout: timedelta,
    at_once: int = 16,
    needs: NeedsOf | None = None,
    prepare: Callable[[Any], Any] | None = None,
) -> Callable[[F], F]:
    """The function reaches outside for `command` and returns an `outcome`; `@records` says what follows from it.

    It gets the command, the idempotency key (the command's id) and what `prepare(command)` read beforehand, through
    lookups that `needs` may name. It runs in a thread without a database transaction, at least once, always with the
    same key, and must end within `timeout`; at most `at_once` run in one process.
    """

    def declare(function: F) -> F:
        _calls[command.message_type.name] = Call(
            function=function,
            outcome=outcome,
            timeout=timeout,
            at_once=at_once,
            needs=_needs(None, needs),
            prepare=lambda envelope: prepare(envelope.payload) if prepare else None,
        )
        return function

    return declare


def records(
    command: type[Command], *, on: type[Aggregate] | None = None, backoff: Backoff | None = None
) -> Callable[[F], F]:
    """The function records the outcome of the call for `command`: a plain handler with a second argument."""
    declared = command.message_type

    def declare(function: F) -> F:
        call = _calls.pop(declared.name, None)
        if call is None:
            raise DeclarationError(
                f"{declared.name} is recorded but never called: put @calls({command.__name__}) above"
            )
        registry.add_command_handler(
            Handler(
                name=declared.name,
                messages=(declared.name,),
                run=lambda envelope, outcome: function(envelope.payload, outcome),
                needs=_needs(on, None),
                addresses=_addresses(on),
                backoff=backoff or Backoff(),
                call=call,
            )
        )
        return function

    return declare


def calls_without_record() -> list[str]:
    """Commands whose call nobody records; a system check."""
    return sorted(_calls)


def _needs(on: type[Aggregate] | None, needs: NeedsOf | None) -> Callable[[Envelope], Iterable[Need]]:
    def named(envelope: Envelope) -> Iterable[Need]:
        payload: Payload = envelope.payload
        if on is not None:
            yield on, getattr(payload, on.id_field)
        if needs is not None:
            yield from needs(payload)

    return named


def _addresses(on: type[Aggregate] | None) -> Callable[[Command], str] | None:
    return (lambda command: on.stream_of(getattr(command, on.id_field))) if on is not None else None
