"""What must always be true? Sentences that a query can refute.

Each context declares its own in an `invariants.py`; they are found when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.module_loading import autodiscover_modules

from events.errors import DeclarationError

When = Literal["always", "at rest"]


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A true sentence and the query that returns what offends it: one row each, its id in the first column, as text.

    "always" holds in every snapshot, also while faults run; "at rest" only when nothing is claimed or due.
    """

    name: str
    when: When
    query: str


_invariants: dict[str, Invariant] = {}


def invariant(name: str, *, when: When, query: str) -> Invariant:
    """Declare an invariant; `name` is the sentence."""
    if name in _invariants:
        raise DeclarationError(f"two invariants say {name!r}; a sentence is declared once")
    _invariants[name] = declared = Invariant(name=name, when=when, query=query)
    return declared


def invariants() -> Iterator[Invariant]:
    """All that were declared: the kernel's own and those of all installed contexts."""
    autodiscover_modules("soundness", "invariants")
    return iter(list(_invariants.values()))
