"""How does a stored payload become the message that the code knows?

Payloads are lifted one version at a time, on every read; what is stored never changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from events.errors import DeclarationError, MissingUpcaster, UnknownMessage
from events.messages import MessageType, Payload, message_type

StoredPayload = dict[str, Any]
Upcaster = Callable[[StoredPayload], StoredPayload]

_upcasters: dict[tuple[str, int], Upcaster] = {}


def upcasts(payload: type[Payload], *, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Declare how `payload` was in `from_version`: the function returns the same fact one version later.

    It is given a dict of its own and may change it. It must be pure.
    """
    name = payload.message_type.name

    def declare(upcaster: Upcaster) -> Upcaster:
        if (name, from_version) in _upcasters:
            raise DeclarationError(f"{name} has two upcasters from version {from_version}")
        if not 1 <= from_version < payload.message_type.version:
            raise DeclarationError(
                f"{name} is at version {payload.message_type.version}: nothing to lift {from_version} to"
            )
        _upcasters[name, from_version] = upcaster
        return upcaster

    return declare


def missing_upcasters(declared: MessageType) -> list[int]:
    """The versions from which no upcaster leads on."""
    return [version for version in range(1, declared.version) if (declared.name, version) not in _upcasters]


def lifted(name: str, version: int, stored: StoredPayload) -> StoredPayload:
    """`stored` as the version in the code would say it. Raises `UnknownMessage`, `MissingUpcaster`."""
    current = message_type(name).version
    if version > current:
        raise UnknownMessage(name, version)
    for step in range(version, current):
        upcaster = _upcasters.get((name, step))
        if upcaster is None:
            raise MissingUpcaster(name, step)
        stored = upcaster(stored)
    return stored


def decoded(name: str, version: int, stored: str | bytes) -> Payload:
    """The message behind stored JSON. Raises `UnknownMessage`, `MissingUpcaster`, `msgspec.ValidationError`."""
    declared = message_type(name)
    if version == declared.version:
        return msgspec.json.decode(stored, type=declared.payload)
    return msgspec.convert(
        lifted(name, version, msgspec.json.decode(stored)), type=declared.payload, strict=False
    )
