"""Which processes make up the running system?"""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from config.children import Program
from config.errors import AlreadyRunning
from config.supervisor import Supervisor, running

HOST = "127.0.0.1"
CELERY = (sys.executable, "-m", "celery", "-A", "config")


@contextmanager
def supervised(
    env: Mapping[str, str] | None = None,
    *,
    web_port: int = 8000,
    workers: int = 1,
    concurrency: int = 2,
) -> Iterator[Supervisor]:
    """The running system: web, workers and beat, ready when the block begins, gone when it ends.

    Raises `AlreadyRunning` where another supervisor works on the same data directory or the port is taken.
    """
    _refuse_taken(web_port)
    programs = [web(web_port), *(worker(number + 1, concurrency) for number in range(workers)), beat()]
    stack = Supervisor(programs, environment={**os.environ, **(env or {})}, log_dir=settings.DATA_DIR / "log")
    with _only_one(settings.DATA_DIR / "run.lock"), running(stack):
        stack.wait_until(lambda: _answers(web_port), what="The web server")
        stack.wait_for_workers()
        yield stack


def web(port: int) -> Program:
    return Program(
        "web",
        (
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--host", HOST, "--port", str(port), "--lifespan", "off", "--no-access-log"),
            *("--timeout-graceful-shutdown", "5"),
        ),
    )


def worker(number: int, concurrency: int) -> Program:
    """A prefork worker on the queues of all lane groups."""
    node = f"worker{number}-{os.getpid()}@{socket.gethostname()}"
    return Program(
        f"worker{number}",
        (
            *(*CELERY, "worker", "--hostname", node, "--pool", "prefork", "--concurrency", str(concurrency)),
            *("--queues", ",".join(settings.EVENTS_LANE_GROUPS), "--loglevel", "INFO"),
            # Workers have nothing to tell each other: lanes are shared out by the database.
            *("--without-gossip", "--without-mingle"),
        ),
        node=node,
    )


def beat() -> Program:
    folder = settings.DATA_DIR / "beat"
    folder.mkdir(parents=True, exist_ok=True)
    return Program("beat", (*CELERY, "beat", "--schedule", str(folder / "schedule"), "--pidfile="))


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Held by a lock, so that a supervisor that was killed does not stand in the way."""
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"A supervisor is at work on {path.parent}. Stop it first.") from error
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise AlreadyRunning(f"Port {port} is taken. Choose another one with --web-port.") from error


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
