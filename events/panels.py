"""What can be shown about one key? Each context registers what it knows; a page shows them all and knows none.

So an order's page has its payments and its parcels, though no context knows another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
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
_panels: dict[str, tuple[int, str, Show]] = {}


def panel(name: str, *, place: int, permission: str) -> Callable[[Show], Show]:
    """The function makes the panel about a key, for those who have the permission; panels stand by `place`."""

    def declare(show: Show) -> Show:
        _panels[name] = (place, permission, show)
        return show

    return declare


def panels_about(key: UUID, request: HttpRequest) -> list[Panel]:
    """Everything that this user may see about the key."""
    user: AbstractBaseUser | AnonymousUser = request.user
    allowed = [
        (place, show)
        for place, permission, show in _panels.values()
        if getattr(user, "has_perm", lambda name: False)(permission)
    ]
    return [show(key) for _, show in sorted(allowed, key=lambda panel: panel[0])]
