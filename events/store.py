"""How does a handler change an aggregate?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from events.aggregates import Aggregate
from events.unit import current_unit

A = TypeVar("A", bound=Aggregate)


@contextmanager
def change(cls: type[A], id: UUID) -> Iterator[A]:
    """The aggregate, to be changed inside the block; what it recorded is stored when the unit of work is flushed.

    A block that raises leaves no trace. The flush is refused where somebody else has changed the stream meanwhile; the
    handler is then run again on the new state.
    """
    unit = current_unit()
    aggregate = unit.aggregate(cls, id)
    try:
        yield aggregate
    except BaseException:
        unit.forget(aggregate.stream)
        raise
    unit.collect(aggregate)


def load(cls: type[A], id: UUID) -> A:
    """The aggregate, to be read only."""
    return current_unit().aggregate(cls, id)
