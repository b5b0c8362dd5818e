"""What needs somebody now? The tiles of the admin's home; each one leads to the rows that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from events import queries as deliveries
from events.display import NOTHING, Tone, exact, page, relative
from events.panels import Panel
from sagas import queries as sagas

_MOST = deliveries.MOST_COUNTED


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A number, what it counts, and the page that lists it."""

    title: str
    value: str
    link: str
    tone: Tone
    hint: str = ""


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Tiles for what this user may see, each one of a query or two whose cost does not grow with the tables."""
    may = request.user.has_perm if request.user.is_authenticated else _nothing
    tiles = [
        *(_sagas() if may("sagas.view_sagarow") else ()),
        *(_deliveries() if may("events.view_delivery") else ()),
    ]
    lanes = deliveries.backlog() if may("events.view_lane") else []
    tiles += _lanes(lanes) if lanes else []
    return context | {
        "title": "What needs somebody",
        "tiles": tiles,
        "backlog": _backlog(lanes) if lanes else None,
    }


def _sagas() -> Iterator[Tile]:
    human = sagas.needing_a_human()[:_MOST].count()
    list_of = page("sagas_sagarow")
    yield Tile(
        title="Sagas that need a human",
        value=_number(human),
        link=f"{list_of}?health=human",
        tone="bad" if human else "good",
        hint="a command, a reply or a clock is a dead letter",
    )
    yield Tile(
        title="Sagas under way",
        value=_number(sagas.open_sagas()[:_MOST].count()),
        link=f"{list_of}?health=open",
        tone="mute",
        hint="not ended yet",
    )


def _deliveries() -> Iterator[Tile]:
    dead, retrying = deliveries.dead(), deliveries.retrying()
    yield Tile(
        title="Dead letters",
        value=_number(dead),
        link=page("events_deadletter"),
        tone="bad" if dead else "good",
        hint="not tried again by themselves",
    )
    yield Tile(
        title="Retrying",
        value=_number(retrying),
        link=f"{page('events_delivery')}?standing=retrying",
        tone="retry" if retrying else "good",
        hint="failed before, will be tried again",
    )


def _lanes(lanes: list[deliveries.Backlog]) -> Iterator[Tile]:
    oldest = min((lane.oldest for lane in lanes if lane.oldest), default=None)
    yield Tile(
        title="Longest due delivery",
        value=relative(oldest) if oldest else "none",
        link=f"{page('events_delivery')}?standing=pending",
        tone="wait" if oldest else "good",
        hint=exact(oldest) if oldest else "nothing waits to be claimed",
    )
    held, waiting = sum(lane.held for lane in lanes), sum(1 for lane in lanes if lane.due and not lane.held)
    yield Tile(
        title="Lanes held",
        value=f"{held} of {len(lanes)}",
        link=page("events_lane"),
        tone="bad" if waiting else "mute",
        hint=f"{waiting} with due deliveries and nobody to drain them"
        if waiting
        else "by workers that drain them now",
    )


def _backlog(lanes: list[deliveries.Backlog]) -> Panel:
    return Panel(
        heading="Backlog per lane",
        columns=("lane", "due now", "longest due", "held"),
        rows=[
            (
                f"{lane.group}/{lane.lane}",
                _number(lane.due),
                relative(lane.oldest) if lane.oldest else NOTHING,
                _held(lane),
            )
            for lane in lanes
        ],
        nothing="",
    )


def _held(lane: deliveries.Backlog) -> str:
    return "held" if lane.held else "free"


def _number(counted: int) -> str:
    return f"{counted:,}" if counted < _MOST else f"{counted:,} or more"


_nothing: Callable[[str], bool] = lambda permission: False  # noqa: E731 (an anonymous user may do nothing)
