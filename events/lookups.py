"""What does a handler read that is no aggregate? Rows that are fetched for the whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Lookup:
    """Values by key, read in one query for all keys that a batch names; a missing key reads as `default`.

    They are read afresh for each batch and are not locked: a decision that rests on one needs a constraint in the
    database, which refuses the flush where the value has changed meanwhile. Values are immutable.
    """

    name: str
    fetch: Callable[[Collection[Any]], Mapping[Any, Any]]
    default: Any = None
