"""What can go wrong in the kernel.

EventsError
├── DeclarationError             a message, handler or upcaster is declared wrongly
│   └── MissingUpcaster          a stored version cannot be lifted to the one in the code
├── UnknownMessage               a stored name or version that this code does not know
├── NoHandler                    a command that nobody obeys
├── NotInUnitOfWork              recorded outside of a handler or command
├── LaneLost                     another process holds the lane now; nothing was written
├── ConcurrencyConflict          somebody else changed the stream first
├── NotReplayable                a delivery that is not a dead letter
└── InvalidMoney                 an amount or a currency that is none

A rule of a context that says no is a `Refusal`, which is not an error of the kernel.
"""

from __future__ import annotations


class EventsError(Exception):
    """Root of all errors of the kernel."""


class DeclarationError(EventsError):
    """A declaration that cannot work; found when the module is imported or by the system checks."""


class MissingUpcaster(DeclarationError):
    """A stored version has no way to the version in the code."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(
            f"{name} version {version} has no upcaster; declare @upcasts(…, from_version={version})"
        )
        self.name = name
        self.version = version

    def __reduce__(self) -> tuple[type[MissingUpcaster], tuple[str, int]]:
        return type(self), (self.name, self.version)


class UnknownMessage(EventsError):
    """A stored message whose name or version this code does not know; it stays in the log untouched."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(
            f"{name} version {version} is unknown to this code; deploy the code that declares it"
        )
        self.name = name
        self.version = version

    def __reduce__(self) -> tuple[type[UnknownMessage], tuple[str, int]]:
        return type(self), (self.name, self.version)


class NoHandler(EventsError):
    """A command without a handler, or one that cannot be executed at once."""


class NotInUnitOfWork(EventsError):
    """`send`, `tell` and `store.change` need a unit of work around them."""


class LaneLost(EventsError):
    """The lane's lease ran out and another process took it; the whole flush was refused."""


class ConcurrencyConflict(EventsError):
    """The stream has moved on since it was read; read it again and decide anew."""


class NotReplayable(EventsError):
    """Only a dead letter can be replayed."""


class InvalidMoney(EventsError, ValueError):
    """An amount that is no whole number of minor units, or a currency that is no ISO 4217 code."""


class Refusal(Exception):
    """A business rule said no. Subclasses are named as short statements and carry `code`, stable for API clients.

    A refused command records nothing. It is not retried: the same state would refuse it again.
    """

    code = "refused"
