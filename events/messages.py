"""What is told and what is asked for: events, commands, and the envelope they travel in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, ClassVar, TypeVar, dataclass_transform
from uuid import UUID

import msgspec
from msgspec import inspect

from events.errors import DeclarationError, UnknownMessage

M = TypeVar("M", bound="Payload")


class Kind(IntEnum):
    """What a message is, as it is stored."""

    EVENT = 1
    COMMAND = 2
    DECISION = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says. Immutable to its depth: tuples, frozen structs, plain values."""

    message_type: ClassVar[MessageType]


class DomainEvent(Payload, frozen=True, kw_only=True):
    """A fact that happened, told in the past tense. Declare it with `@event`."""


class Command(Payload, frozen=True, kw_only=True):
    """A request to one handler, in the imperative. Declare it with `@command`."""


class Decision(Payload, frozen=True, kw_only=True):
    """What a process decided, for its own record only. Declare it with `@decision`."""


@dataclass(frozen=True, kw_only=True)
class MessageType:
    """A message class under its written name and version.

    `key` names the field that says what the message is about: messages with the same key are carried in one lane.
    """

    name: str
    version: int
    kind: Kind
    payload: type[Payload]
    key: str

    def key_of(self, payload: Payload) -> str:
        return str(getattr(payload, self.key))

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way: what is said, and who caused it when.

    `position` and `recorded_at` are the store's, and None until it has the message. `stream_version` is None for
    commands; their `stream` is the one they address.
    """

    id: UUID
    kind: Kind
    name: str
    version: int
    key: str
    stream: str | None
    stream_version: int | None
    payload: Any
    correlation_id: UUID
    causation_id: UUID | None
    actor: str | None
    occurred_at: datetime
    position: int | None = None
    recorded_at: datetime | None = None


def event(name: str, *, version: int = 1, key: str | None = None) -> Callable[[type[M]], type[M]]:
    """Declare a domain event under its stored name; `key` defaults to its first field."""
    return _declares(Kind.EVENT, DomainEvent, name, version, key)


def command(name: str, *, version: int = 1, key: str | None = None) -> Callable[[type[M]], type[M]]:
    """Declare a command under its stored name; `key` defaults to its first field."""
    return _declares(Kind.COMMAND, Command, name, version, key)


def decision(name: str, *, version: int = 1, key: str | None = None) -> Callable[[type[M]], type[M]]:
    """Declare the record of a decision under its stored name; `key` defaults to its first field."""
    return _declares(Kind.DECISION, Decision, name, version, key)


_types: dict[str, MessageType] = {}


def message_types() -> Iterator[MessageType]:
    """Every declared message, by name."""
    return iter(sorted(_types.values(), key=lambda declared: declared.name))


def message_type(name: str) -> MessageType:
    """The declaration behind a stored name. Raises `UnknownMessage`."""
    try:
        return _types[name]
    except KeyError:
        raise UnknownMessage(name, 0) from None


def _declares(
    kind: Kind, base: type[Payload], name: str, version: int, key: str | None
) -> Callable[[type[M]], type[M]]:
    def declare(payload: type[M]) -> type[M]:
        if not issubclass(payload, base):
            raise DeclarationError(
                f"{payload.__name__} is declared as {kind.label}: derive it from {base.__name__}"
            )
        if name in _types:
            raise DeclarationError(
                f"{name} is declared twice: {_types[name].payload.__name__}, {payload.__name__}"
            )
        if version < 1:
            raise DeclarationError(f"{name}: versions begin at 1")
        _refuse_mutable(payload)
        fields = payload.__struct_fields__
        if not fields or (key is not None and key not in fields):
            raise DeclarationError(
                f"{name} has no field {key or ''!r}: name the one that says what it is about"
            )
        declared = MessageType(name=name, version=version, kind=kind, payload=payload, key=key or fields[0])
        _types[name] = payload.message_type = declared
        return payload

    return declare


_MUTABLE = (
    inspect.ListType,
    inspect.SetType,
    inspect.DictType,
    inspect.TypedDictType,
    inspect.ByteArrayType,
    inspect.DataclassType,
    inspect.CustomType,
    inspect.AnyType,
)


def _refuse_mutable(payload: type[Payload]) -> None:
    seen: set[type] = set()
    todo: list[tuple[str, inspect.Type]] = [(payload.__name__, inspect.type_info(payload))]
    while todo:
        path, kind = todo.pop()
        if isinstance(kind, _MUTABLE):
            raise DeclarationError(
                f"{path} is mutable or untyped: use tuples, frozen structs and plain values"
            )
        if isinstance(kind, inspect.StructType) and kind.cls not in seen:
            seen.add(kind.cls)
            if not kind.cls.__struct_config__.frozen:
                raise DeclarationError(f"{path} holds {kind.cls.__name__}, which is not frozen")
            todo += [(f"{path}.{field.name}", field.type) for field in kind.fields]
        elif isinstance(kind, inspect.NamedTupleType):
            todo += [(f"{path}.{field.name}", field.type) for field in kind.fields]
        elif isinstance(kind, inspect.UnionType):
            todo += [(path, member) for member in kind.types]
        elif isinstance(kind, inspect.VarTupleType):
            todo.append((path, kind.item_type))
        elif isinstance(kind, inspect.TupleType):
            todo += [(path, item) for item in kind.item_types]
