"""Whose PostgreSQL and Redis does this test run use?"""

import os
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from config.errors import ServersInUse
from config.servers import embedded_servers, remove

PREFIX = "saga-tests-"
# A run that was killed leaves its servers; a later one clears them away when they are this old, in seconds.
LEFT_BEHIND_AFTER = 600

_serving = ExitStack()


def serve_this_run() -> None:
    """Starts what the environment does not name.

    The processes of pytest-xdist share the PostgreSQL of the first one, each with a database of its own
    (pytest-django sees to that). Each has a Redis of its own, so that a test may flush or kill it.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _clear_away_what_killed_runs_left()
        os.environ["SAGA_TEST_OWN_REDIS"] = "" if os.environ.get("REDIS_URL") else "yes"
        _serve(Path(tempfile.mkdtemp(prefix=PREFIX)))
    elif os.environ["SAGA_TEST_OWN_REDIS"]:
        del os.environ["REDIS_URL"]
        _serve(Path(os.environ["DATA_DIR"]) / worker)
    os.environ["REDIS_PREFIX"] = f"test:{worker or 'main'}:{os.getpid()}:"


def stop_serving() -> None:
    """Stops what this process started and deletes its data."""
    _serving.close()


def _serve(data_dir: Path) -> None:
    _serving.callback(_remove, data_dir)
    os.environ["DATA_DIR"] = str(data_dir)
    os.environ.update(_serving.enter_context(embedded_servers(data_dir)).environment)


def _remove(data_dir: Path) -> None:
    """With what the processes of pytest-xdist keep below it and may not have come to remove."""
    for below in data_dir.glob("gw*"):
        remove(below)
    remove(data_dir)


def _clear_away_what_killed_runs_left() -> None:
    for data_dir in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        status = data_dir.stat()
        if status.st_uid == os.getuid() and time.time() - status.st_mtime > LEFT_BEHIND_AFTER:
            with suppress(ServersInUse):
                _remove(data_dir)
