"""What does a saga's history say? Its entries in the order of their recording, folded as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sagas.facts import (
    Direction,
    End,
    Entry,
    Outcome,
    Replied,
    RetryRequested,
    Send,
    Started,
    TimedOut,
    TurnBack,
    TurnBackRequested,
)


@dataclass(slots=True)
class Round:
    """What is known of one round of a step: the commands that were sent, and what became of the act."""

    sent: UUID | None = None
    asks: list[UUID] = field(default_factory=list)
    undos: list[UUID] = field(default_factory=list)
    undos_wanted: int = 1
    succeeded: bool = False
    failed: bool = False
    timed_out: bool = False
    undone: bool = False

    @property
    def last_command(self) -> UUID | None:
        """The last one that the participant answers with what became of the act."""
        return self.asks[-1] if self.asks else self.sent

    @property
    def is_known_to_have_failed(self) -> bool:
        """Whether nothing came of it. Of two contrary replies success is believed: undoing nothing is harmless."""
        return self.failed and not self.succeeded

    @property
    def stands(self) -> bool:
        """Whether its effect may exist: done, in flight and in doubt are one case."""
        return (
            (self.sent is not None or self.succeeded) and not self.undone and not self.is_known_to_have_failed
        )


class History:
    """The entries of one saga and what follows from them. It is added to, and never changed otherwise."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: list[Entry] = []
        self.started: Started | None = None
        self.turned_back: TurnBack | None = None
        self.ended: End | None = None
        self.troubles: list[Replied | TimedOut | TurnBackRequested] = []
        self.commands: dict[UUID, Send] = {}
        self._rounds: dict[str, list[Round]] = {}
        self._begun: dict[str, int] = {}
        self._retries: dict[str, int] = {}
        self.record(*entries)

    @property
    def left_out(self) -> frozenset[str]:
        """The steps which the start left out."""
        return frozenset(self.started.left_out) if self.started else frozenset()

    @property
    def reason(self) -> str:
        """Why the saga turned back; empty while it goes forward."""
        return self.turned_back.reason if self.turned_back else ""

    def rounds(self, step: str) -> Sequence[Round]:
        """All that is known of a step, from its first round."""
        return self._rounds.get(step, ())

    def begun(self, step: str) -> int:
        """How many rounds of the act were sent."""
        return self._begun.get(step, 0)

    def round_in_force(self, step: str) -> int:
        """The round that counts; the first one before any is sent."""
        return self._begun.get(step, 1)

    def wants_retry(self, step: str) -> bool:
        """Whether a new round was asked for that has not begun. Asking twice for the same one changes nothing."""
        return self._retries.get(step, 0) > self.begun(step) > 0

    def record(self, *entries: Entry) -> None:
        """Add what was told or decided."""
        for entry in entries:
            self.entries.append(entry)
            match entry:
                case Replied():
                    self._replied(entry)
                case Send():
                    self._sent(entry)
                case Started():
                    self.started = self.started or entry
                case TimedOut():
                    self._round(entry.step, entry.round).timed_out = True
                    self.troubles.append(entry)
                case TurnBackRequested():
                    self.troubles.append(entry)
                case RetryRequested():
                    self._retry_requested(entry)
                case TurnBack():
                    self.turned_back = self.turned_back or entry
                case End():
                    self.ended = self.ended or entry

    def _replied(self, reply: Replied) -> None:
        about = self._round(reply.step, reply.round)
        if reply.direction is Direction.UNDO:
            about.undone = about.undone or reply.outcome is Outcome.SUCCEEDED
        elif reply.outcome is Outcome.SUCCEEDED:
            about.succeeded = True
        else:
            about.failed = True
            self.troubles.append(reply)

    def _sent(self, send: Send) -> None:
        self.commands[send.command_id] = send
        about = self._round(send.step, send.round)
        if send.direction is Direction.DO:
            about.sent = send.command_id
            self._begun[send.step] = send.round
        elif send.direction is Direction.ASK:
            about.asks.append(send.command_id)
        else:
            about.undos.append(send.command_id)

    def _retry_requested(self, request: RetryRequested) -> None:
        if request.direction is Direction.DO:
            self._retries[request.step] = self.begun(request.step) + 1
        elif request.direction is Direction.UNDO:
            for about in self.rounds(request.step):
                about.undos_wanted = len(about.undos) + 1

    def _round(self, step: str, number: int) -> Round:
        rounds = self._rounds.setdefault(step, [])
        while len(rounds) < number:
            rounds.append(Round())
        return rounds[number - 1]
