"""Who asks, and how do messages name them?"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

_PEOPLE = UUID("4b8f2f0a-7a0e-4f0b-9d1c-6f0c2f5a9d31")


def actor_of(user: Any) -> str:
    """How the log names who asked."""
    return f"user:{user.pk}"


def person_of(user: Any) -> UUID | None:
    """By which id messages name a user as a customer; None of somebody without an account."""
    return uuid5(_PEOPLE, actor_of(user)) if isinstance(user.pk, int) else None
