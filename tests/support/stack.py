"""Real Celery processes for a test, on the test's own database."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil
import redis
from django.conf import settings
from django.db import connection

from config.supervisor import Supervisor, running
from config.system import beat, worker


class Workers:
    """What runs now, by process id: for tests that kill."""

    def __init__(self, stack: Supervisor) -> None:
        self._stack = stack

    @property
    def log_dir(self) -> Path:
        return self._stack.log_dir

    @property
    def main_pids(self) -> list[int]:
        """The workers' main processes; one that is killed is started again after half a second."""
        return [pid for name, pid in self._stack.pids.items() if name.startswith("worker")]

    @property
    def pool_pids(self) -> list[int]:
        """The processes that run the tasks; Celery replaces one that is killed."""
        return [child.pid for pid in self.main_pids for child in _children(pid)]

    def wait_until_ready(self, *, within: float = 60.0) -> None:
        self._stack.wait_for_workers(within=within)

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.log_dir.glob("*.log")))


@contextmanager
def worker_processes(n: int = 1, concurrency: int = 2, *, with_beat: bool = False) -> Iterator[Workers]:
    """Starts workers on the database and the Redis prefix of this test; stops them, whatever happens.

    The test has to commit what they are to see: `django_db(transaction=True)`.
    """
    programs = [worker(number + 1, concurrency) for number in range(n)] + ([beat()] if with_beat else [])
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_FORMAT": "plain",
    }
    with TemporaryDirectory(prefix="saga-workers-") as folder:
        with running(Supervisor(programs, environment=environment, log_dir=Path(folder))) as stack:
            workers = Workers(stack)
            workers.wait_until_ready()
            yield workers
        _forget_wake_ups()


def database_url() -> str:
    """The address of the database that the test is connected to."""
    config = connection.settings_dict
    options = {name: config["OPTIONS"][name] for name in ("host", "port") if name in config["OPTIONS"]}
    host = f"{config['HOST']}:{config['PORT']}" if config["PORT"] else config["HOST"]
    return f"postgresql://{config['USER']}:{config['PASSWORD']}@{host}/{config['NAME']}?{urlencode(options)}"


def eventually(predicate: Callable[[], object], *, within: float = 10.0, every: float = 0.02) -> None:
    """Returns once the predicate is true; fails when it has not become so in time."""
    deadline = time.monotonic() + within
    while not predicate():
        assert time.monotonic() < deadline, f"{predicate} did not become true within {within} s"
        time.sleep(every)


def lives(pid: int) -> bool:
    """Whether the process still runs; one that ended and that nobody has fetched yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _forget_wake_ups() -> None:
    """What the workers left in Redis must not reach the next test's."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(match=f"{settings.REDIS_PREFIX}*"):
            client.delete(key)
