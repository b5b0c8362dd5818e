"""How does a saga look? Its graph as SVG, with the live position, the path taken, and the same in words.

The colours are those of the page around it, light or dark; each has a value of its own where there is no page. No
meaning rests on colour: signs and words say all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from sagas.definition import Compensatable, NonCritical, Pivot, Retriable, SagaType, Step
from sagas.layout import Box, Layout, layout_of
from sagas.progress import Position


class _Look(NamedTuple):
    tone: str
    sign: str
    words: str


_LOOKS = {
    Position.DONE: _Look("good", "✓", "done"),
    Position.SENT: _Look("wait", "…", "waiting for a reply"),
    Position.IN_DOUBT: _Look("retry", "?", "in doubt"),
    Position.FAILED: _Look("bad", "✗", "failed"),
    Position.UNDOING: _Look("back", "", "being taken back"),
    Position.UNDONE: _Look("back", "", "taken back"),
    Position.NOT_SENT: _Look("mute", "·", "not begun"),
    Position.LEFT_OUT: _Look("mute", "–", "left out"),
}
_UNDOS = {Position.UNDOING: _Look("back", "…", "undoing"), Position.UNDONE: _Look("back", "✓", "undone")}
_NOT_TAKEN = {Position.NOT_SENT, Position.LEFT_OUT}
_KINDS = (
    (Pivot, "pivot"),
    (Retriable, "retriable"),
    (NonCritical, "non-critical"),
    (Compensatable, "compensatable"),
)
# Of the page (events/static/events/admin.css), and what they are without it.
_STYLE = """
.saga{font-family:inherit;font-size:13px}
.saga .name{font-weight:600;font-size:14px;fill:var(--op-text,#1f2937)}
.saga .quiet{font-size:11px;fill:var(--op-quiet,#4b5563)}
.saga .line{fill:none;stroke:var(--op-quiet,#4b5563);stroke-width:1.2;stroke-dasharray:3 4;opacity:.7}
.saga .taken{stroke-width:2.4;stroke-dasharray:none;stroke:var(--op-good,#166534);opacity:1}
.saga .back{stroke-width:2.4;stroke-dasharray:none;stroke:var(--op-back,#6b21a8);opacity:1}
.saga .border{stroke:var(--op-retry,#854d0e);stroke-width:1.2;stroke-dasharray:6 5}
"""
_TONES = {
    "good": ("#dcfce7", "#166534"),
    "wait": ("#dbeafe", "#1e40af"),
    "retry": ("#fef3c7", "#854d0e"),
    "bad": ("#fee2e2", "#991b1b"),
    "back": ("#f3e8ff", "#6b21a8"),
    "mute": ("#e2e8f0", "#475569"),
}


def drawing(saga: SagaType, positions: Mapping[str, str], *, status: str = "running") -> str:
    """The picture as SVG text. A position that this code does not know is written as it is."""
    layout = layout_of(saga)
    parts = [
        *_lines(layout, positions, status),
        *_ends(saga, layout, status),
        *_steps(saga, layout, positions),
    ]
    return (
        f'<svg class="saga" role="img" viewBox="0 0 {layout.width:g} {layout.height:g}" '
        f'xmlns="http://www.w3.org/2000/svg" aria-label="{escape(described(saga, positions, status=status))}">'
        f"<style>{_STYLE}{''.join(_tone_style())}</style>{_border(layout)}{''.join(parts)}</svg>"
    )


def described(saga: SagaType, positions: Mapping[str, str], *, status: str = "running") -> str:
    """What the picture shows, in words."""
    steps = (f"{step.name} {_look(positions.get(step.name, '')).words}" for step in saga.steps)
    return f"Saga {saga.name}, {status}. Steps: {', '.join(steps)}."


def _steps(saga: SagaType, layout: Layout, positions: Mapping[str, str]) -> Iterator[str]:
    for step in saga.steps:
        position = positions.get(step.name, "")
        look, box = _look(position), layout.acts[step.name]
        yield _box(box, look.tone, heavy=isinstance(step, Pivot), faint=position == Position.LEFT_OUT)
        yield _text(box, 17, "quiet", _kind(step))
        yield _text(box, 36, "name", step.name)
        yield _text(box, 55, f"on-{look.tone}", f"{look.sign} {look.words}".strip())
        if isinstance(step, Compensatable):
            undo, tab = (
                _UNDOS.get(Position(position)) if position in set(Position) else None,
                layout.undos[step.name],
            )
            yield _box(tab, undo.tone if undo else "mute", faint=undo is None)
            yield _text(
                tab,
                18,
                f"on-{undo.tone}" if undo else "quiet",
                f"{undo.sign} {undo.words}" if undo else "↩ can be undone",
            )


def _ends(saga: SagaType, layout: Layout, status: str) -> Iterator[str]:
    started = saga.started_by.__name__
    yield _box(layout.start, "good")
    yield _text(layout.start, 17, "quiet", "started by")
    yield _text(layout.start, 36, "name", started if len(started) < 17 else f"{started[:15]}…")
    yield _text(layout.start, 55, "on-good", "✓ happened")
    is_complete, is_back = status == "completed", status == "compensated"
    yield _box(layout.completed, "good" if is_complete else "mute", faint=not is_complete)
    yield _text(layout.completed, 28, "name", "completed")
    yield _text(
        layout.completed,
        48,
        "on-good" if is_complete else "quiet",
        "✓ all done"
        if is_complete
        else "not yet"
        if not status.endswith(("back", "ated"))
        else "not any more",
    )
    yield _box(layout.compensated, "back" if is_back else "mute", faint=not is_back)
    yield _text(layout.compensated, 19, "name", "compensated")
    yield _text(
        layout.compensated,
        36,
        "on-back" if is_back else "quiet",
        "✓ all undone" if is_back else "if it turns back",
    )


def _lines(layout: Layout, positions: Mapping[str, str], status: str) -> Iterator[str]:
    taken = {name for name, position in positions.items() if position not in _NOT_TAKEN}
    for name in layout.first:
        yield _line(layout.start.right, layout.acts[name].left, "taken" if name in taken else "")
    for before, name in layout.lines:
        yield _line(layout.acts[before].right, layout.acts[name].left, "taken" if name in taken else "")
    for name in layout.last:
        yield _line(layout.acts[name].right, layout.completed.left, "taken" if status == "completed" else "")
    undone = {name for name in layout.undos if positions.get(name) in _UNDOS}
    for before, name in layout.lines:
        if name in undone and before in layout.undos:
            yield _line(layout.undos[name].left, layout.undos[before].right, "back")
    for name in layout.first:
        if name in undone:
            yield _line(layout.undos[name].left, layout.compensated.right, "back")


def _box(box: Box, tone: str, *, heavy: bool = False, faint: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if faint else ""
    return (
        f'<rect class="tone-{tone}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="7" stroke-width="{3 if heavy else 1.2}"{dashes}/>'
    )


def _text(box: Box, down: float, style: str, words: str) -> str:
    return f'<text class="{style}" x="{box.middle:g}" y="{box.y + down:g}" text-anchor="middle">{escape(words)}</text>'


def _line(start: tuple[float, float], end: tuple[float, float], style: str) -> str:
    (x1, y1), (x2, y2) = start, end
    bend = (x2 - x1) / 2
    path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return f'<path class="line {style}" d="{path}"/>'


def _border(layout: Layout) -> str:
    """Beyond it nothing is taken back."""
    if layout.no_return is None:
        return ""
    x = layout.no_return
    return (
        f'<line class="border" x1="{x:g}" y1="4" x2="{x:g}" y2="{layout.height - 4:g}"/>'
        f'<text class="quiet" x="{x + 6:g}" y="14">no return beyond</text>'
    )


def _tone_style() -> Iterator[str]:
    for tone, (ground, ink) in _TONES.items():
        yield f".saga .tone-{tone}{{fill:var(--op-{tone}-bg,{ground});stroke:var(--op-{tone},{ink})}}"
        yield f".saga .on-{tone}{{font-weight:500;fill:var(--op-{tone},{ink})}}"


def _look(position: str) -> _Look:
    return (
        _LOOKS[Position(position)] if position in set(Position) else _Look("mute", "", position or "unknown")
    )


def _kind(step: Step[Any]) -> str:
    return next((words for kind, words in _KINDS if isinstance(step, kind)), "step")
