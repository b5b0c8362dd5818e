"""Handlers without a database: the kernel's unit of work on dicts."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events import Command
from events.lookups import Lookup
from events.messages import Envelope, Kind
from events.registry import registry
from events.tables import Row
from events.unit import UnitOfWork

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class InMemory:
    """A log and lookups in memory. `obey` carries commands out as one batch; what raises records nothing."""

    def __init__(self) -> None:
        self.log: list[Envelope] = []
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.lookups: dict[Lookup, dict[Any, Any]] = defaultdict(dict)
        self.reads = 0

    def streams(self, names: Collection[str]) -> Mapping[str, list[Envelope]]:
        found: dict[str, list[Envelope]] = defaultdict(list)
        for envelope in self.log:
            if envelope.stream is not None and envelope.stream in names:
                found[envelope.stream].append(envelope)
        return found

    def messages(self, ids: Collection[UUID]) -> Mapping[UUID, Envelope]:
        return {envelope.id: envelope for envelope in self.log if envelope.id in ids}

    def values(self, lookup: Lookup, keys: Collection[Any]) -> Mapping[Any, Any]:
        self.reads += 1
        return {key: value for key, value in self.lookups[lookup].items() if key in keys}

    def obey(self, *commands: Command) -> list[Any]:
        """What was told; raises what the first of them raises that is refused."""
        unit = UnitOfWork(self, clock=lambda: NOW)
        envelopes = [_addressed(unit, command) for command in commands]
        unit.prefetch(
            need for envelope in envelopes for need in registry.obeying(envelope.name).needs(envelope)
        )
        for envelope in envelopes:
            with unit.turn(envelope):
                registry.obeying(envelope.name).run(envelope, None)
        return self._keep(unit)

    def _keep(self, unit: UnitOfWork) -> list[Any]:
        self.log += [new.envelope for new in unit.appended]
        for table, row in unit.rows:
            self.rows[table.name].append(row)
        for lookup, values in unit._values.items():
            self.lookups[lookup].update(values)
        return [new.envelope.payload for new in unit.appended if new.envelope.kind is Kind.EVENT]


def _addressed(unit: UnitOfWork, command: Command) -> Envelope:
    addresses = registry.obeying(command.message_type.name).addresses
    return unit.append(command, stream=addresses(command) if addresses else None)
