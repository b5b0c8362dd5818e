"""Every way in which a few commands that reach outside can go: interleaved, unanswered, killed half-way.

Commands go through the real calls and records, on a log in memory and an outer world in memory. Where more than one
thing could happen next, a choice is made; all sequences of choices are walked through, but none further than to where
another has been.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from events import Aggregate, Command
from events.messages import Envelope, Kind
from events.registry import registry
from events.unit import UnitOfWork
from tests.support.in_memory import NOW, InMemory
from tests.support.trouble import Trouble


class World(Protocol):
    """The other company: its book is a part of the state."""

    @property
    def ledger(self) -> Any: ...


A = TypeVar("A", bound=Aggregate)
W = TypeVar("W", bound=World)
Choose = Callable[[int], int]
Make = Callable[[Callable[[], Trouble]], W]


@dataclass
class Delivery:
    """A command on its way: prepared, called, recorded."""

    envelope: Envelope
    prepared: Any = None
    outcome: Any = None
    done: int = 0


@dataclass
class History(Generic[W]):
    """One way in which it went, up to its end."""

    make: Make[W]
    choose: Choose
    is_known: Callable[[str], bool]
    troubles: int
    log: InMemory = field(default_factory=InMemory)

    def __post_init__(self) -> None:
        self.world = self.make(self._trouble)
        self._open: list[Delivery] = []
        self._ids = count(1)

    def run(self, *commands: Command) -> bool:
        """Whether it came to an end of its own."""
        unit = self._unit()
        for command in commands:
            unit.append(command, stream=None)
        self._keep(unit)
        while self._open:
            if self.is_known(repr((self._open, self.world.ledger, self.told(), self.troubles))):
                return False
            delivery = self._open[self.choose(len(self._open))]
            (self._prepare, self._call, self._record)[delivery.done](delivery)
        return True

    def aggregate(self, cls: type[A], id: UUID) -> A:
        return self._unit().aggregate(cls, id)

    def told(self) -> list[Any]:
        return [envelope.payload for envelope in self.log.log if envelope.kind is Kind.EVENT]

    def _prepare(self, delivery: Delivery) -> None:
        call, unit = registry.obeying(delivery.envelope.name).call, self._unit()
        assert call is not None
        with unit.turn(delivery.envelope):
            delivery.prepared = call.prepare(delivery.envelope)
        delivery.done = 1

    def _call(self, delivery: Delivery) -> None:
        call, envelope = registry.obeying(delivery.envelope.name).call, delivery.envelope
        assert call is not None
        try:
            delivery.outcome = call.function(envelope.payload, str(envelope.id), delivery.prepared)
        except Exception:  # noqa: BLE001  # not answered: the delivery comes back, by its own word or by its policy
            delivery.done = 0
            return
        # Killed before the record: the delivery is found again and begins anew.
        delivery.done = 0 if self._is_in_trouble() else 2

    def _record(self, delivery: Delivery) -> None:
        unit = self._unit()
        with unit.turn(delivery.envelope):
            registry.obeying(delivery.envelope.name).run(delivery.envelope, delivery.outcome)
        self._open.remove(delivery)
        self._keep(unit)

    def _unit(self) -> UnitOfWork:
        return UnitOfWork(self.log, clock=lambda: NOW, ids=lambda: UUID(int=next(self._ids)))

    def _keep(self, unit: UnitOfWork) -> None:
        self.log._keep(unit)
        self._open += [Delivery(new.envelope) for new in unit.appended if new.envelope.kind is Kind.COMMAND]

    def _is_in_trouble(self) -> bool:
        if self.troubles and self.choose(2):
            self.troubles -= 1
            return True
        return False

    def _trouble(self) -> Trouble:
        if not self.troubles:
            return Trouble.NONE
        trouble = list(Trouble)[self.choose(len(Trouble))]
        self.troubles -= trouble is not Trouble.NONE
        return trouble


class Choices:
    """A path of choices; each walk takes the next one that was not taken yet."""

    def __init__(self) -> None:
        self._path: list[tuple[int, int]] = []
        self._position = 0
        self._known: set[str] = set()

    def choose(self, options: int) -> int:
        if self._position == len(self._path):
            self._path.append((0, options))
        self._position += 1
        return self._path[self._position - 1][0]

    def is_known(self, state: str) -> bool:
        """Whether another walk came here; on the way to the newest choice all is known, and has to be passed again."""
        if self._position < len(self._path) or state not in self._known:
            self._known.add(state)
            return False
        return True

    def turn_back(self) -> bool:
        """Prepare the next walk; False where all were taken."""
        del self._path[self._position :]
        while self._path and self._path[-1][0] == self._path[-1][1] - 1:
            self._path.pop()
        if self._path:
            taken, options = self._path.pop()
            self._path.append((taken + 1, options))
        self._position = 0
        return bool(self._path)


def all_histories(*commands: Command, troubles: int, make: Make[W]) -> Iterator[History[W]]:
    """Each way in which the commands can go with up to so many troubles, carried to its end.

    `make` makes the outer world of the next history; what it is given says what befalls each request.
    """
    choices, is_another = Choices(), True
    while is_another:
        history = History(make, choices.choose, choices.is_known, troubles)
        if history.run(*commands):
            yield history
        is_another = choices.turn_back()
