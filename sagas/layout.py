"""Where does each step of a saga stand in its picture?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sagas.definition import Compensatable, Pivot, SagaType

WIDTH, HEIGHT, UNDO = 136, 66, 28
_GAP_X, _GAP_Y, _MARGIN, _TOP = 36, 30, 8, 26


@dataclass(frozen=True)
class Box:
    """A rectangle; lines leave it on the right and reach it on the left, in the middle."""

    x: float
    y: float
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def left(self) -> tuple[float, float]:
        return self.x, self.y + self.height / 2

    @property
    def right(self) -> tuple[float, float]:
        return self.x + self.width, self.y + self.height / 2

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Boxes for start, ends, acts and their undoing; `lines` lead from a step to those that wait for it."""

    width: float
    height: float
    start: Box
    completed: Box
    compensated: Box
    acts: Mapping[str, Box]
    undos: Mapping[str, Box]
    lines: tuple[tuple[str, str], ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    no_return: float | None


def layout_of(saga: SagaType) -> Layout:
    """Steps in columns, each to the right of all that it waits for."""
    columns = _columns(saga)
    tallest = max(map(len, columns), default=1)
    row = HEIGHT + UNDO + _GAP_Y
    height = _TOP + tallest * row + _MARGIN
    acts = {
        name: Box(_x(number + 1), _TOP + (tallest - len(column)) * row / 2 + place * row)
        for number, column in enumerate(columns)
        for place, name in enumerate(column)
    }
    lines = _lines(saga)
    middle = _TOP + (tallest - 1) * row / 2
    return Layout(
        width=_x(len(columns) + 2) - _GAP_X + _MARGIN,
        height=height,
        start=Box(_x(0), middle),
        completed=Box(_x(len(columns) + 1), middle),
        compensated=Box(_x(0), height - _MARGIN - UNDO * 1.6, height=UNDO * 1.6),
        acts=acts,
        undos={
            step.name: Box(acts[step.name].x, acts[step.name].y + HEIGHT, height=UNDO)
            for step in saga.steps
            if isinstance(step, Compensatable)
        },
        lines=lines,
        first=tuple(step.name for step in saga.steps if not step.after),
        last=tuple(name for name in acts if all(name != before for before, _ in lines)),
        no_return=next((acts[s.name].x - _GAP_X / 2 for s in saga.steps if isinstance(s, Pivot)), None),
    )


def _x(column: int) -> float:
    return _MARGIN + column * (WIDTH + _GAP_X)


def _columns(saga: SagaType) -> list[list[str]]:
    after = {step.name: step.after for step in saga.steps}
    depths: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in depths:
            depths[name] = 1 + max((depth(before) for before in after[name]), default=-1)
        return depths[name]

    columns: list[list[str]] = [[] for _ in range(1 + max(map(depth, after), default=-1))]
    for name in after:
        columns[depth(name)].append(name)
    return columns


def _lines(saga: SagaType) -> tuple[tuple[str, str], ...]:
    """Less those that another way says too: a step may name what it waits for through others."""
    after = {step.name: set(step.after) for step in saga.steps}

    def above(name: str) -> set[str]:
        return after[name].union(*(above(before) for before in after[name]))

    return tuple(
        (before, name)
        for name, direct in after.items()
        for before in sorted(direct)
        if not any(before in above(other) for other in direct)
    )
