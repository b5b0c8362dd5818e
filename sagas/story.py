"""What has happened in one saga? Its stream, told for people: each fact, what followed from it, each command."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from events.errors import EventsError
from events.models import Delivery, Message
from events.standing import Standing, standing
from events.upcasting import lifted
from sagas.facts import ITSELF, Direction, Entry, Replied, Send, Started
from sagas.instance import SagaDecided
from sagas.wording import Fact, changes, fact

_ASKS = {Direction.DO: "do", Direction.UNDO: "undo", Direction.ASK: "ask what became of"}


class Sent(NamedTuple):
    """A command that the saga sent, as it is in the log, and where its delivery stands."""

    send: Send
    at: datetime
    name: str
    delivery: Delivery | None

    @property
    def standing(self) -> Standing | None:
        return standing(self.delivery) if self.delivery else None

    @property
    def asks(self) -> str:
        return f"{_ASKS[self.send.direction]} {self.send.step}"


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One decision: facts on the left, what they changed in the middle, commands on the right."""

    message: Message
    facts: list[Fact] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    sends: list[Sent] = field(default_factory=list)
    problem: str = ""


class Answer(NamedTuple):
    """A reply, and when the saga took it in."""

    at: datetime
    fact: Fact


class Act(NamedTuple):
    """One round of a step: the command, how often it was asked after, its reply, and its undoing."""

    step: str
    round: int
    sent: Sent | None
    reply: Answer | None
    asked: int
    undo: Sent | None
    undone: Answer | None


@dataclass(frozen=True)
class Story:
    """Everything that one saga was told, decided and sent."""

    chapters: list[Chapter]
    entries: list[tuple[datetime, Entry]]

    @property
    def acts(self) -> list[Act]:
        """A line for each round of each step, in the order of their beginning."""
        sends = [sent for chapter in self.chapters for sent in chapter.sends]
        rounds = dict.fromkeys((sent.send.step, sent.send.round) for sent in sends)
        return [self._act(step, number, sends) for step, number in rounds]

    def _act(self, step: str, number: int, sends: list[Sent]) -> Act:
        mine = [sent for sent in sends if (sent.send.step, sent.send.round) == (step, number)]
        acts, asks, undos = (
            [sent for sent in mine if sent.send.direction is direction]
            for direction in (Direction.DO, Direction.ASK, Direction.UNDO)
        )
        return Act(
            step="the saga itself" if step == ITSELF else step,
            round=number,
            sent=acts[0] if acts else None,
            reply=self._reply(step, number, Direction.DO),
            asked=len(asks),
            undo=undos[-1] if undos else None,
            undone=self._reply(step, number, Direction.UNDO),
        )

    def _reply(self, step: str, number: int, direction: Direction) -> Answer | None:
        wanted = (step, number, direction)
        for at, entry in self.entries:
            if isinstance(entry, Replied) and (entry.step, entry.round, entry.direction) == wanted:
                return Answer(at, fact(entry))
        return None


def story(stream: str) -> Story:
    """The story of the saga with this stream, in four queries; what this code cannot read is named as a problem."""
    messages = list(
        Message.objects.filter(stream=stream, stream_version__isnull=False).order_by("stream_version")
    )
    read = [(message, *_read(message)) for message in messages]
    sends = [
        entry for _, decided, _ in read if decided for entry in decided.decisions if isinstance(entry, Send)
    ]
    starts = [
        entry for _, decided, _ in read if decided for entry in decided.facts if isinstance(entry, Started)
    ]
    named = _named([*(send.command_id for send in sends), *(start.message_id for start in starts)])
    chapters = [_chapter(message, decided, problem, named) for message, decided, problem in read]
    entries = [
        (decided.at, entry)
        for _, decided, _ in read
        if decided
        for entry in (*decided.facts, *decided.decisions)
    ]
    return Story(chapters, entries)


def _named(ids: Collection[UUID]) -> dict[UUID, Message]:
    found = Message.objects.filter(id__in=ids).defer("payload").prefetch_related("deliveries")
    return {message.id: message for message in found}


def _read(message: Message) -> tuple[SagaDecided | None, str]:
    try:
        payload = lifted(message.name, message.version, message.payload)
        return msgspec.convert(payload, type=SagaDecided, strict=False), ""
    except (EventsError, msgspec.MsgspecError) as error:
        return None, str(error)


def _chapter(
    message: Message, decided: SagaDecided | None, problem: str, named: Mapping[UUID, Message]
) -> Chapter:
    if decided is None:
        return Chapter(message=message, problem=problem)
    return Chapter(
        message=message,
        facts=[fact(entry, named) for entry in decided.facts],
        changes=list(changes(decided)),
        sends=[_sent(entry, decided.at, named) for entry in decided.decisions if isinstance(entry, Send)],
    )


def _sent(send: Send, at: datetime, named: Mapping[UUID, Message]) -> Sent:
    command = named.get(send.command_id)
    deliveries = list(command.deliveries.all()) if command else []
    return Sent(
        send, at, command.name if command else "not in the log", deliveries[0] if deliveries else None
    )
