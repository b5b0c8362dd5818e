"""When is which mail due, and which one is it?"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID, uuid5


class Template(StrEnum):
    """What we write about; each has a subject and a text in `templates/notifications`."""

    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CANCELLED = "order_cancelled"


_SUPERSEDED_BY = {Template.ORDER_CONFIRMED: frozenset({Template.ORDER_CANCELLED})}


def notification_id(*, order_id: UUID, template: Template, cause: UUID) -> UUID:
    """One notification for each order, template and causing message, however often somebody asks for it."""
    return uuid5(order_id, f"{template}:{cause}")


def is_superseded(template: str, others: frozenset[str]) -> bool:
    """Whether newer news has made this mail untrue: nobody shall read "confirmed" after "cancelled"."""
    return not others.isdisjoint(_SUPERSEDED_BY.get(Template(template), ()))
