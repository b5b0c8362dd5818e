"""A log and lookups in memory: what a unit of work reads where there is no database."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.lookups import Lookup
from events.messages import DomainEvent, Envelope
from events.unit import Appended, Memory, UnitOfWork

NOW = datetime(2031, 5, 4, tzinfo=UTC)


class InMemoryLog:
    """Keeps envelopes in their streams and counts how often it is read."""

    def __init__(self) -> None:
        self.stored: dict[str, list[Envelope]] = {}
        self.rows: dict[Any, Any] = {}
        self.reads = 0

    def store(self, unit: UnitOfWork) -> None:
        for new in unit.appended:
            if new.envelope.stream_version is not None:
                self.stored.setdefault(str(new.envelope.stream), []).append(new.envelope)

    def streams(self, names: Collection[str]) -> Mapping[str, list[Envelope]]:
        self.reads += 1
        return {name: self.stored[name] for name in names if name in self.stored}

    def messages(self, ids: Collection[UUID]) -> Mapping[UUID, Envelope]:
        return {new.id: new for stream in self.stored.values() for new in stream if new.id in ids}

    def values(self, lookup: Lookup, keys: Collection[Any]) -> Mapping[Any, Any]:
        self.reads += 1
        return {key: self.rows[key] for key in keys if key in self.rows}


def unit_on(log: InMemoryLog, memory: Memory | None = None) -> UnitOfWork:
    return UnitOfWork(log, clock=lambda: NOW, memory=memory)


def told(unit: UnitOfWork) -> list[Any]:
    """What the unit would store, in order."""
    return [new.envelope.payload for new in unit.appended]


def caused(payload: DomainEvent, actor: str | None = None) -> Envelope:
    """The envelope of a message that somebody else has sent."""
    unit = unit_on(InMemoryLog())
    with unit.turn(None, actor):
        return unit.append(payload, stream=None)


def sent(unit: UnitOfWork) -> list[Appended]:
    return [new for new in unit.appended if new.sent]
