"""How does a saga look? Its graph as SVG, with the live position, the path taken, and the same in words.

The colours are those of the page around it, light or dark; each has a value of its own where there is no page. No
meaning rests on colour: signs and words say all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from sagas.definition import Pivot, SagaType
from sagas.layout import Box, Layout, layout_of
from sagas.looks import NOT_TAKEN, TAKEN_BACK, Look, Troubles, kind, look, undo, undo_words
from sagas.progress import Position

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


def drawing(
    saga: SagaType, positions: Mapping[str, str], *, status: str = "running", troubles: Troubles | None = None
) -> str:
    """The picture as SVG text. A position that this code does not know is written as it is."""
    layout = layout_of(saga)
    words = described(saga, positions, status=status, troubles=troubles)
    parts = [
        *_lines(layout, positions, status),
        *_ends(saga, layout, status),
        *_steps(saga, layout, positions, status, troubles or {}),
    ]
    return (
        f'<svg class="saga" role="img" viewBox="0 0 {layout.width:g} {layout.height:g}" '
        f'xmlns="http://www.w3.org/2000/svg" aria-label="{escape(words)}">'
        f"<style>{_STYLE}{''.join(_tone_style())}</style>{_border(layout)}{''.join(parts)}</svg>"
    )


def described(
    saga: SagaType, positions: Mapping[str, str], *, status: str = "running", troubles: Troubles | None = None
) -> str:
    """What the picture shows, in words."""
    steps = (
        f"{step.name} {look(step.name, positions, troubles or {}).words}{undo_words(step, troubles or {})}"
        for step in saga.steps
    )
    return f"Saga {saga.name}, {status}. Steps: {', '.join(steps)}."


def _steps(
    saga: SagaType, layout: Layout, positions: Mapping[str, str], status: str, troubles: Troubles
) -> Iterator[str]:
    for step in saga.steps:
        now, box = look(step.name, positions, troubles), layout.acts[step.name]
        faint = positions.get(step.name) == Position.LEFT_OUT
        yield _box(box, now.tone, heavy=isinstance(step, Pivot), faint=faint)
        yield _texts(
            box, (17, "quiet", kind(step)), (36, "name", step.name), (55, f"on-{now.tone}", str(now))
        )
        if step.name in layout.undos:
            back = undo(step.name, positions, troubles, status=status)
            yield from _tab(layout.undos[step.name], back)


def _tab(tab: Box, back: Look) -> Iterator[str]:
    is_begun = back.tone != "mute"
    yield _box(tab, back.tone, faint=not is_begun)
    yield _texts(tab, (18, f"on-{back.tone}" if is_begun else "quiet", str(back)))


def _ends(saga: SagaType, layout: Layout, status: str) -> Iterator[str]:
    started = saga.started_by.__name__
    name = started if len(started) < 17 else f"{started[:15]}…"
    yield _box(layout.start, "good")
    yield _texts(layout.start, (17, "quiet", "started by"), (36, "name", name), (55, "on-good", "✓ happened"))
    is_complete, is_back = status == "completed", status == "compensated"
    yield _box(layout.completed, "good" if is_complete else "mute", faint=not is_complete)
    ahead = "not yet" if status == "running" else "not any more"
    yield _texts(
        layout.completed, (28, "name", "completed"), _end(48, "good", "✓ all done", is_complete, ahead)
    )
    yield _box(layout.compensated, "back" if is_back else "mute", faint=not is_back)
    undone = _end(
        36, "back", "✓ all undone", is_back, "did not turn back" if is_complete else "if it turns back"
    )
    yield _texts(layout.compensated, (19, "name", "compensated"), undone)


def _end(down: float, tone: str, words: str, is_reached: bool, otherwise: str) -> tuple[float, str, str]:
    return (down, f"on-{tone}", words) if is_reached else (down, "quiet", otherwise)


def _lines(layout: Layout, positions: Mapping[str, str], status: str) -> Iterator[str]:
    taken = {name for name, position in positions.items() if position not in NOT_TAKEN}
    for name in layout.first:
        yield _line(layout.start.right, layout.acts[name].left, "taken" if name in taken else "")
    for before, name in layout.lines:
        yield _line(layout.acts[before].right, layout.acts[name].left, "taken" if name in taken else "")
    for name in layout.last:
        yield _line(layout.acts[name].right, layout.completed.left, "taken" if status == "completed" else "")
    for name in layout.undos:
        if positions.get(name) in TAKEN_BACK:
            yield from _way_back(name, layout)


def _way_back(name: str, layout: Layout) -> Iterator[str]:
    box = layout.undos[name]
    for before, after in layout.lines:
        if after == name and before in layout.undos:
            yield _line(box.left, layout.undos[before].right, "back")
    if name in layout.first:
        yield _line(box.left, layout.compensated.right, "back")


def _box(box: Box, tone: str, *, heavy: bool = False, faint: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if faint else ""
    return (
        f'<rect class="tone-{tone}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="7" stroke-width="{3 if heavy else 1.2}"{dashes}/>'
    )


def _texts(box: Box, *lines: tuple[float, str, str]) -> str:
    """Lines of text in the middle of a box: how far down, in which style, what."""
    return "".join(
        f'<text class="{style}" x="{box.middle:g}" y="{box.y + down:g}" text-anchor="middle">{escape(words)}</text>'
        for down, style, words in lines
    )


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
