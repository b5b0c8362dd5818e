"""How is each position of a step shown? In a tone, a sign and a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sagas.definition import Compensatable, NonCritical, Pivot, Retriable, Step
from sagas.facts import Direction
from sagas.progress import Position


class Look(NamedTuple):
    """A tone of the page's colours, a sign, and what it means."""

    tone: str
    sign: str
    words: str

    def __str__(self) -> str:
        return f"{self.sign} {self.words}".strip()


# What holds a step's command up, by step and direction: it is drawn instead of the step's position.
Troubles = Mapping[tuple[str, str], Look]

_LOOKS = {
    Position.DONE: Look("good", "✓", "done"),
    Position.SENT: Look("wait", "…", "waits for a reply"),
    Position.IN_DOUBT: Look("retry", "?", "in doubt"),
    Position.FAILED: Look("bad", "✗", "failed"),
    Position.UNDOING: Look("back", "", "being taken back"),
    Position.UNDONE: Look("back", "", "taken back"),
    Position.NOT_SENT: Look("mute", "·", "not begun"),
    Position.LEFT_OUT: Look("mute", "⊘", "left out"),
}
_UNDOS = {Position.UNDOING: Look("back", "…", "undoing"), Position.UNDONE: Look("back", "✓", "undone")}
CAN_BE_UNDONE = Look("mute", "↩", "can be undone")
NOTHING_TO_UNDO = Look("mute", "", "nothing to undo")
STAYS = Look("mute", "", "stays done")
NOT_TAKEN = {Position.NOT_SENT, Position.LEFT_OUT}
TAKEN_BACK = frozenset(_UNDOS)
_KINDS = (
    (Pivot, "pivot"),
    (Retriable, "retriable"),
    (NonCritical, "non-critical"),
    (Compensatable, "compensatable"),
)


def look(step: str, positions: Mapping[str, str], troubles: Troubles) -> Look:
    position = positions.get(step, "")
    known = (
        _LOOKS[Position(position)] if position in set(Position) else Look("mute", "", position or "unknown")
    )
    return troubles.get((step, Direction.DO), known)


def undo(step: str, positions: Mapping[str, str], troubles: Troubles, *, status: str) -> Look:
    """How the undoing of a step stands."""
    position, is_over = positions.get(step, ""), status == "compensated"
    if position in TAKEN_BACK:
        known = _UNDOS[Position(position)]
    elif position in {Position.FAILED, Position.LEFT_OUT} or is_over:
        known = NOTHING_TO_UNDO
    else:
        known = STAYS if status == "completed" else CAN_BE_UNDONE
    return troubles.get((step, Direction.UNDO), known)


def undo_words(step: Step[Any], troubles: Troubles) -> str:
    """What holds the undoing of a step up, in words; empty where nothing does."""
    held_up = troubles.get((step.name, Direction.UNDO))
    return f" (undoing: {held_up.words})" if held_up else ""


def kind(step: Step[Any]) -> str:
    """Which of the four kinds the step is."""
    return next((words for kind, words in _KINDS if isinstance(step, kind)), "step")
