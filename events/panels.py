"""What can be shown about one key? Each context registers what it knows; a page shows them all and knows none.

So an order's page has its payments and its parcels, though no context knows another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A table under a heading, or a sentence where there is nothing to tell."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    nothing: str
    more: Sequence[Any] = field(default=())


Show = Callable[[UUID], Panel]
Notes = Callable[[Collection[str]], Mapping[str, Any]]
_panels: dict[str, tuple[int, str, Show]] = {}
_notes: dict[str, tuple[str, Notes]] = {}


def panel(name: str, *, place: int, permission: str) -> Callable[[Show], Show]:
    """The function makes the panel about a key, for those who have the permission; panels stand by `place`."""

    def declare(show: Show) -> Show:
        _panels[name] = (place, permission, show)
        return show

    return declare


def notes(name: str, *, permission: str) -> Callable[[Notes], Notes]:
    """The function says something short about each of many keys: a column in somebody else's list."""

    def declare(function: Notes) -> Notes:
        _notes[name] = (permission, function)
        return function

    return declare


def panels_about(key: UUID, request: HttpRequest) -> list[Panel]:
    """Everything that this user may see about the key."""
    allowed = [(place, show) for place, permission, show in _panels.values() if _may(request, permission)]
    return [show(key) for _, show in sorted(allowed, key=lambda panel: panel[0])]


def notes_about(name: str, keys: Collection[str], request: HttpRequest) -> Mapping[str, Any]:
    """What is said under this name about the keys, to a user who may know it."""
    permission, function = _notes.get(name, ("", None))
    return function(keys) if function is not None and keys and _may(request, permission) else {}


def _may(request: HttpRequest, permission: str) -> bool:
    user = request.user
    return user.is_authenticated and user.has_perm(permission)
