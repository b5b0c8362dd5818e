"""How far is it? Watched until everything has ended, or nothing moves any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from config.demo.measures import Standing, standing
from config.demo.memory import Memory

_LOOKS_EVERY = 0.25
_TELLS_EVERY = 5.0
# Longer than any lease: what a killed worker held is taken over before.
_GIVES_UP_AFTER = 180.0

Tell = Callable[[Standing], None]


def watch(console: Console, memory: Memory, pids: Callable[[], Mapping[str, int]]) -> Standing:
    """Show how the sagas come along; returns when all have ended, or when nothing has moved for three minutes."""
    last, moved_at, rest = standing(), time.monotonic(), _LOOKS_EVERY
    with _teller(console) as tell:
        while not last.is_over and time.monotonic() - moved_at < _GIVES_UP_AFTER:
            time.sleep(rest)
            memory.look(pids())
            looks_at = time.monotonic()
            now = standing()
            # Whoever looks must not take the time of those who work.
            rest = max(_LOOKS_EVERY, 5 * (time.monotonic() - looks_at))
            if now != last:
                last, moved_at = now, time.monotonic()
            tell(now)
    memory.look(pids())
    return last


@contextmanager
def _teller(console: Console) -> Iterator[Tell]:
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8) as live:
            yield lambda now: live.update(_picture(now))
        return
    told_at = time.monotonic()

    def tell(now: Standing) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELLS_EVERY:
            told_at = time.monotonic()
            console.print(_sentence(now), highlight=False)

    yield tell


def _picture(now: Standing) -> Group:
    return Group(ProgressBar(total=max(now.expected, 1), completed=now.ended), Text(_sentence(now)))


def _sentence(now: Standing) -> str:
    return (
        f"{now.ended:,}/{now.expected:,} sagas ended: {now.completed:,} completed, {now.compensated:,} compensated; "
        f"{now.deliveries:,} deliveries wait"
    )
