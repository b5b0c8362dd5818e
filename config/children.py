"""How is a process started so that it can be ended for sure, with everything that it started itself?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.environment import BASE_DIR

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
RAN_WELL_AFTER = 30.0


@dataclass(frozen=True)
class Program:
    """What to run, under which name; a worker has a second one, which no other worker anywhere bears."""

    name: str
    command: tuple[str, ...]
    node: str | None = None


@dataclass
class Child:
    """One program, started again by `revive` whenever it has ended.

    It leads a process group of its own: its end is the group's end, so that no pool process is left when a
    worker was killed. It is also ended by the system when our process is gone.
    """

    program: Program
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts_at: float = field(default_factory=time.monotonic)
    started_at: float = 0.0
    delay: float = FIRST_DELAY

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def revive(self) -> int | None:
        """Starts the program where it is not running and its delay is over; tells the exit code if it just ended."""
        code = self._ended()
        if not self.process and time.monotonic() >= self.starts_at:
            self._start()
        return code

    def ask_to_end(self) -> None:
        if self.process:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Waits for an end in order until the deadline, then kills."""
        if not self.process:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self._kill_group(self.process.pid)
        self.process.wait()
        self.process = None

    def _start(self) -> None:
        self.started_at = time.monotonic()
        command = [sys.executable, "-m", "config.leash", str(os.getpid()), *self.program.command]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=BASE_DIR,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _ended(self) -> int | None:
        if not self.process or (code := self.process.poll()) is None:
            return None
        self._kill_group(self.process.pid)
        now = time.monotonic()
        if now - self.started_at >= RAN_WELL_AFTER:
            self.delay = FIRST_DELAY
        self.starts_at = now + self.delay
        self.delay = min(self.delay * 2, LONGEST_DELAY)
        self.process = None
        return code

    @staticmethod
    def _kill_group(leader: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
