"""What did the handlers of one batch record? A unit of work: everything in memory until it is flushed at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from events.aggregates import Aggregate
from events.clock import Clock
from events.errors import NotInUnitOfWork
from events.ids import Ids, new_id
from events.lookups import Lookup
from events.messages import Command, Decision, DomainEvent, Envelope, Payload
from events.registry import Need, registry

A = TypeVar("A", bound=Aggregate)

_UNREAD = object()


class Source(Protocol):
    """Where a unit of work reads: PostgreSQL, or a dict in tests and simulations."""

    def streams(self, names: Collection[str]) -> Mapping[str, list[Envelope]]:
        """All messages of each stream, by version."""
        ...

    def messages(self, ids: Collection[UUID]) -> Mapping[UUID, Envelope]: ...

    def values(self, lookup: Lookup, keys: Collection[Any]) -> Mapping[Any, Any]: ...


class Appended(msgspec.Struct, frozen=True):
    """A new message; a command that is not `sent` was executed at once and needs no delivery."""

    envelope: Envelope
    sent: bool
    delay: float = 0.0


class Move(msgspec.Struct, frozen=True):
    """A timer that is set anew, or finished where `due_at` is None."""

    message_id: UUID
    handler: str
    due_at: datetime | None


class Memory:
    """Aggregates and messages that the holder of a lane has read and need not read again.

    The unique (stream, version) is the guard: whoever decides on an outdated aggregate has the flush refused.
    """

    def __init__(self) -> None:
        self.aggregates: dict[str, Aggregate] = {}
        self.messages: dict[UUID, Envelope] = {}

    def clear(self) -> None:
        self.aggregates.clear()
        self.messages.clear()


class UnitOfWork:
    """Reads for a batch, runs its handlers in turns, and holds what they recorded until the flush.

    A turn that raises loses what it recorded, and the aggregates that it touched are read anew, so that later turns
    start from what earlier ones recorded and from nothing else.
    """

    def __init__(
        self, source: Source, *, clock: Clock, memory: Memory | None = None, ids: Ids = new_id
    ) -> None:
        self.now = clock
        self.new_id = ids
        self.appended: list[Appended] = []
        self.rows: list[tuple[Any, dict[str, Any]]] = []
        self.moves: list[Move] = []
        self.cause: Envelope | None = None
        self.actor: str | None = None
        self.changed: dict[str, type[Aggregate]] = {}
        self.again: timedelta | None = None
        self._source = source
        self._memory = memory or Memory()
        self._values: dict[Lookup, dict[Any, Any]] = {}
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []

    def prefetch(self, needs: Iterable[Need]) -> None:
        """Read what `needs` name and memory lacks: one query for all streams, one for each lookup."""
        classes: dict[str, type[Aggregate]] = {}
        keys: dict[Lookup, set[Any]] = {}
        for kind, key in needs:
            if isinstance(kind, Lookup):
                if key not in self._values.get(kind, ()):
                    keys.setdefault(kind, set()).add(key)
            elif (stream := kind.stream_of(key)) not in self._memory.aggregates:
                classes[stream] = kind
        if classes:
            self._load(classes)
        for lookup, wanted in keys.items():
            found = self._source.values(lookup, wanted)
            self._values.setdefault(lookup, {}).update(
                {key: found.get(key, lookup.default) for key in wanted}
            )

    @contextmanager
    def turn(self, cause: Envelope | None, actor: str | None = None) -> Iterator[None]:
        """What is recorded inside is caused by `cause`, and stands or falls together."""
        marks = len(self.appended), len(self.rows), len(self.moves), len(self._undo)
        outer = self.cause, self.actor
        self.cause, self.actor = cause, actor or (cause.actor if cause else outer[1])
        entered = _current.set(self)
        try:
            yield
        except BaseException:
            self._take_back(*marks)
            raise
        finally:
            _current.reset(entered)
            self.cause, self.actor = outer

    def aggregate(self, cls: type[A], id: object) -> A:
        """The aggregate as it is after all that was recorded so far; a new one where it has no events."""
        stream = cls.stream_of(id)
        if stream not in self._memory.aggregates:
            self._load({stream: cls})
        return self._memory.aggregates[stream]  # type: ignore[return-value]  # a stream has one class

    def collect(self, aggregate: Aggregate) -> list[Envelope]:
        """Append what the aggregate has recorded."""
        recorded, aggregate.recorded = aggregate.recorded, []
        if recorded:
            self.changed[aggregate.stream] = type(aggregate)
        return [
            self.append(fact, stream=aggregate.stream, stream_version=version)
            for version, fact in enumerate(recorded, aggregate.version - len(recorded) + 1)
        ]

    def forget(self, stream: str) -> None:
        """Drop an aggregate whose state can no longer be trusted."""
        self._memory.aggregates.pop(stream, None)

    def append(
        self,
        payload: Payload,
        *,
        stream: str | None,
        stream_version: int | None = None,
        sent: bool = True,
        delay: timedelta | None = None,
        id: UUID | None = None,
    ) -> Envelope:
        """Add a message to what the flush will store."""
        declared, id = payload.message_type, id or self.new_id()
        key = declared.key_of(payload)
        envelope = Envelope(
            id=id,
            kind=declared.kind,
            name=declared.name,
            version=declared.version,
            key=key,
            stream=stream,
            stream_version=stream_version,
            payload=payload,
            correlation_id=self.cause.correlation_id if self.cause else _root_correlation(key, id),
            causation_id=self.cause.id if self.cause else None,
            actor=self.actor,
            occurred_at=self.now(),
        )
        self.appended.append(Appended(envelope, sent, delay.total_seconds() if delay else 0.0))
        return envelope

    def message(self, id: UUID) -> Envelope:
        """A message of the log by its id. Raises `KeyError`."""
        if id not in self._memory.messages:
            self._memory.messages.update(self._source.messages([id]))
        return self._memory.messages[id]

    def remember(self, envelope: Envelope) -> None:
        """Keep a message that later batches of the same lane will ask for."""
        self._memory.messages[envelope.id] = envelope

    def value(self, lookup: Lookup, key: Any) -> Any:
        """What `lookup` says of `key`, or what this batch has put there."""
        if key not in self._values.get(lookup, ()):
            self.prefetch([(lookup, key)])
        return self._values[lookup][key]

    def put(self, lookup: Lookup, key: Any, value: Any) -> None:
        """What later turns of this batch shall read of `key`; writing it is the caller's `write`."""
        values = self._values.setdefault(lookup, {})
        self._undo.append((values, key, values.get(key, _UNREAD)))
        values[key] = value

    def write(self, table: Any, row: dict[str, Any]) -> None:
        """Have the flush write a row into an `events.tables.Table`."""
        self.rows.append((table, row))

    def move(self, message_id: UUID, handler: str, due_at: datetime | None) -> None:
        """Set the timer that is `handler`'s pending delivery of a message, or finish it."""
        self.moves.append(Move(message_id, handler, due_at))

    def take_again(self) -> timedelta | None:
        """When the message that was just handled is to be handled once more, if at all."""
        again, self.again = self.again, None
        return again

    def _load(self, classes: Mapping[str, type[Aggregate]]) -> None:
        found = self._source.streams(classes.keys())
        for stream, cls in classes.items():
            aggregate = cls.of_stream(stream)
            pending = (new.envelope for new in self.appended if new.envelope.stream == stream)
            for envelope in (*found.get(stream, ()), *pending):
                if envelope.stream_version is not None:
                    aggregate.apply(envelope.payload)
            self._memory.aggregates[stream] = aggregate

    def _take_back(self, appended: int, rows: int, moves: int, undo: int) -> None:
        for new in self.appended[appended:]:
            if new.envelope.stream is not None:
                self.forget(new.envelope.stream)
        for values, key, before in reversed(self._undo[undo:]):
            if before is _UNREAD:
                values.pop(key, None)
            else:
                values[key] = before
        self.again = None
        del self.appended[appended:], self.rows[rows:], self.moves[moves:], self._undo[undo:]
        told = {new.envelope.stream for new in self.appended if new.envelope.stream_version is not None}
        self.changed = {stream: cls for stream, cls in self.changed.items() if stream in told}


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


def current_unit() -> UnitOfWork:
    """The unit of work that the running handler belongs to. Raises `NotInUnitOfWork`."""
    unit = _current.get()
    if unit is None:
        raise NotInUnitOfWork(
            "send, tell and store.change belong in a handler; from outside use execute(command)"
        )
    return unit


def in_unit_of_work() -> bool:
    return _current.get() is not None


def send(command: Command, *, delay: timedelta | None = None, id: UUID | None = None) -> Envelope:
    """Append `command` for delivery, at once or after `delay`. Raises `NoHandler`, `NotInUnitOfWork`."""
    registry.obeying(command.message_type.name)
    return current_unit().append(command, stream=_addressed(command), delay=delay, id=id)


def again(delay: timedelta) -> None:
    """Keep what this handler records, and hand it the same message once more after `delay`: how a clock goes on."""
    current_unit().again = delay


def tell(fact: DomainEvent | Decision, *, stream: str, version: int) -> Envelope:
    """Append an event of something that is no aggregate; `version` counts from 1 in its `stream`."""
    return current_unit().append(fact, stream=stream, stream_version=version)


def _addressed(command: Command) -> str | None:
    handler = registry.obeying(command.message_type.name)
    return handler.addresses(command) if handler.addresses else None


def _root_correlation(key: str, id: UUID) -> UUID:
    """A workflow is named after what it is about: all that ever happens to one order is one timeline."""
    try:
        return UUID(key)
    except ValueError:
        return id
