"""How much memory has a worker needed at most?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psutil


class Memory:
    """The peak of any process of the workers, as far as it was looked at while they ran."""

    def __init__(self) -> None:
        self.peak = 0

    def look(self, pids: Mapping[str, int]) -> None:
        """Take the memory of each worker process into account; `pids` are the supervised programs'."""
        for name, pid in pids.items():
            if name.startswith("worker"):
                self.peak = max([self.peak, *(_memory(one) for one in _family(pid))])


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> int:
    try:
        # Linux remembers each process's peak; elsewhere it is the highest that was seen.
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
