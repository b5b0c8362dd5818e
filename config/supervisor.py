"""Who starts a process again that has ended, and who sees that none is left?"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.celery import app
from config.children import Child, Program
from config.errors import NotReady

logger = logging.getLogger(__name__)

LOOKS_EVERY = 0.1
ENDS_WITHIN = 20.0


class Supervisor:
    """Keeps its programs running until it is stopped; then none of their processes is left."""

    def __init__(self, programs: Sequence[Program], *, environment: Mapping[str, str], log_dir: Path) -> None:
        self.log_dir = log_dir
        self._children = [
            Child(program, environment, log_dir / f"{program.name}.log") for program in programs
        ]
        self._is_stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_running, name="supervisor")

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each program that is running now, by name."""
        return {child.program.name: pid for child in self._children if (pid := child.pid) is not None}

    def start(self) -> None:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            child.revive()
        self._watch.start()

    def stop(self) -> None:
        """Asks all to end, waits, and kills what has not ended by then."""
        self._is_stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        for child in self._children:
            child.ask_to_end()
        deadline = time.monotonic() + ENDS_WITHIN
        try:
            for child in self._children:
                child.end(deadline)
        finally:
            # Also for an impatient second Ctrl-C.
            for child in self._children:
                child.end(0)

    def wait_until(self, is_ready: Callable[[], bool], *, what: str, within: float = 60.0) -> None:
        """Returns when the predicate holds; else an error that names the logs to read."""
        deadline = time.monotonic() + within
        while not is_ready():
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{what} did not get ready within {within:.0f} s; see the logs in {self.log_dir}."
                )
            time.sleep(LOOKS_EVERY)

    def wait_for_workers(self, *, within: float = 60.0) -> None:
        """Returns when each worker has answered a ping through the broker."""
        nodes = {child.program.node for child in self._children if child.program.node}

        def all_answer() -> bool:
            replies = app.control.ping(destination=sorted(nodes), timeout=0.5, limit=len(nodes))
            return nodes == {name for reply in replies or () for name in reply}

        self.wait_until(all_answer, what="A worker", within=within)

    def _keep_running(self) -> None:
        while not self._is_stopping.wait(LOOKS_EVERY):
            for child in self._children:
                code = child.revive()
                if code is not None:
                    logger.warning(
                        "A process ended; it is started again.",
                        extra={"event": "process.ended", "program": child.program.name, "code": code},
                    )


@contextmanager
def running(stack: Supervisor) -> Iterator[Supervisor]:
    """Started for the block, stopped after it, whatever happens."""
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
