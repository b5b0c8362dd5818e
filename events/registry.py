"""Who obeys, who listens, what is remembered: the one list of everything that is declared.

Filled while Django starts, read ever after; publishers look their subscribers up here and know none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from events.errors import DeclarationError, NoHandler
from events.messages import Envelope
from events.policies import Backoff

Run = Callable[[Envelope, Any], None]
Need = tuple[Any, Any]
Needs = Callable[[Envelope], Iterable[Need]]


def no_needs(envelope: Envelope) -> Iterable[Need]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Call:
    """The half of a handler that reaches outside: no transaction, no lock, no database.

    `function` gets the command, the idempotency key and what `prepare` read for it; it must end within `timeout`.
    At most `at_once` run in one process at a time. Its outcome is kept as JSON of type `outcome`.
    """

    function: Callable[[Any, str, Any], Any]
    outcome: Any
    timeout: timedelta
    at_once: int
    needs: Needs
    prepare: Callable[[Envelope], Any]

    @property
    def lease(self) -> float:
        """Seconds during which nobody else takes the delivery: longer than the call may last."""
        return self.timeout.total_seconds() * 1.5 + 5.0


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A function that handles messages of these kinds, under its written name."""

    name: str
    messages: tuple[str, ...]
    run: Run
    needs: Needs = no_needs
    addresses: Callable[[Any], str] | None = None
    backoff: Backoff = field(default_factory=Backoff)
    delay: timedelta | None = None
    lane_group: str = "default"
    own_sql: bool = False
    call: Call | None = None


class Registry:
    """Handlers by name, by the command they obey and by the message they listen to."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._obeys: dict[str, Handler] = {}
        self._listens: dict[str, list[Handler]] = {}

    def add_command_handler(self, handler: Handler) -> None:
        (command,) = handler.messages
        if command in self._obeys:
            raise DeclarationError(f"{command} has two handlers; a command is obeyed by one")
        self._add(handler)
        self._obeys[command] = handler

    def add_subscriber(self, handler: Handler) -> None:
        self._add(handler)
        for message in handler.messages:
            self._listens.setdefault(message, []).append(handler)

    def handler(self, name: str) -> Handler | None:
        return self._handlers.get(name)

    def obeying(self, command: str) -> Handler:
        """The handler of a command. Raises `NoHandler`."""
        try:
            return self._obeys[command]
        except KeyError:
            raise NoHandler(
                f"{command} has no handler: declare one with @handles or @calls and @records"
            ) from None

    def listening_to(self, message: str) -> list[Handler]:
        return self._listens.get(message, [])

    def __iter__(self) -> Iterator[Handler]:
        return iter(sorted(self._handlers.values(), key=lambda handler: handler.name))

    def _add(self, handler: Handler) -> None:
        if handler.name in self._handlers:
            raise DeclarationError(
                f"two handlers are named {handler.name}; names are stored and must be unique"
            )
        self._handlers[handler.name] = handler


registry = Registry()
