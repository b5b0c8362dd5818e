"""Which ids does a saga choose? The same ones each time it is asked, so that sending twice is harmless."""

from __future__ import annotations

from uuid import UUID, uuid5

from sagas.facts import Direction

NAMESPACE = UUID("5d1c6c0e-6f0b-5f5f-9a53-2d6f8f8c8a11")


def chosen_id(saga: str, key: str, step: str, *, in_round: int = 1) -> UUID:
    """The id of the thing that a step's round makes: its payment, its reservation, its shipment."""
    return uuid5(NAMESPACE, f"{saga}/{key}/{step}/{in_round}")


def command_id(
    saga: str, key: str, step: str, *, direction: Direction, in_round: int = 1, repeat: int = 0
) -> UUID:
    """The id of the message by which a saga sends a command."""
    again = f"/{repeat}" if repeat else ""
    return uuid5(NAMESPACE, f"{saga}/{key}/{step}/{direction.value}/{in_round}{again}")
