"""How far is it? A bar on a terminal, a plain line per phase elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]

_PLAIN_EVERY = 10.0


@contextmanager
def phase(console: Console, what: str, total: int) -> Iterator[Advance]:
    """A phase of `total` parts; call what you get with the number of parts done since."""
    if console.is_terminal:
        columns = (
            TextColumn("{task.description:<24}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bars:
            task = bars.add_task(what, total=total)
            yield lambda parts: bars.advance(task, parts)
        return
    line = _Line(console, what, total)
    yield line.advance
    line.end()


class _Line:
    """Now and then a line, for logs."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console, self._what, self._total = console, what, total
        self._done = 0
        self._began = self._told = time.monotonic()

    def advance(self, parts: int) -> None:
        self._done += parts
        if time.monotonic() - self._told > _PLAIN_EVERY:
            self._told = time.monotonic()
            self._console.print(f"{self._what}: {100 * self._done // max(self._total, 1)} %", highlight=False)

    def end(self) -> None:
        took = time.monotonic() - self._began
        self._console.print(f"{self._what}: done in {took:.1f} s", highlight=False)
