"""Whose PostgreSQL and Redis does this test run use?"""

import atexit
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from config.servers import embedded_servers, remove


def serve_this_run() -> None:
    """Starts what the environment does not name; the processes of pytest-xdist inherit it from the first one.

    Each of them works in a database of its own (pytest-django sees to that) and under a prefix of its own in Redis.
    """
    if "SAGA_TEST_RUN" not in os.environ:
        _start()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["REDIS_PREFIX"] = f"test:{os.environ['SAGA_TEST_RUN']}:{worker}:"


def _start() -> None:
    data_dir = Path(tempfile.mkdtemp(prefix="saga-tests-"))
    os.environ["SAGA_TEST_RUN"] = data_dir.name
    os.environ["DATA_DIR"] = str(data_dir)
    stack = ExitStack()
    stack.callback(remove, data_dir)
    os.environ.update(stack.enter_context(embedded_servers(data_dir)).environment)
    atexit.register(stack.close)
