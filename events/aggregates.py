"""Who decides? An aggregate: its state is what its events say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from events.errors import DeclarationError
from events.messages import Decision, DomainEvent, Payload

M = TypeVar("M", bound=Callable[..., None])


def applies(*facts: type[Payload]) -> Callable[[M], M]:
    """Mark the method that assigns what these facts change. It decides nothing and cannot fail."""

    def mark(method: M) -> M:
        method.applies_facts = facts  # type: ignore[attr-defined]  # read once by Aggregate.__init_subclass__
        return method

    return mark


class Aggregate:
    """A thing with an identity whose public methods decide and record, and whose `@applies` methods assign.

    `category` begins the name of its streams (`orders.order-<id>`); `id_field` is the field by which messages name it.
    """

    category: ClassVar[str]
    id_field: ClassVar[str]
    _appliers: ClassVar[dict[type[Payload], str]] = {}

    def __init_subclass__(cls) -> None:
        own = {
            fact: name for name, method in vars(cls).items() for fact in getattr(method, "applies_facts", ())
        }
        cls._appliers = {**cls._appliers, **own}

    def __init__(self, id: Any) -> None:
        self.id = id
        self.version = 0
        self.recorded: list[DomainEvent | Decision] = []

    @classmethod
    def stream_of(cls, id: object) -> str:
        return f"{cls.category}-{id}"

    @classmethod
    def of_stream(cls, stream: str) -> Self:
        """A new one, whose events are still to be applied."""
        return cls(UUID(stream.removeprefix(f"{cls.category}-")))

    @property
    def stream(self) -> str:
        return self.stream_of(self.id)

    @property
    def exists(self) -> bool:
        """Whether anything ever happened to it."""
        return self.version > 0

    def record(self, fact: DomainEvent | Decision) -> None:
        """Tell a new fact: applied at once, stored when the unit of work is flushed."""
        self.apply(fact)
        self.recorded.append(fact)

    def apply(self, fact: Any) -> None:
        """Take a fact over into the state."""
        try:
            applier = self._appliers[type(fact)]
        except KeyError:
            raise DeclarationError(f"{type(self).__name__} has no @applies({type(fact).__name__})") from None
        getattr(self, applier)(fact)
        self.version += 1
