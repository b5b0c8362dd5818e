"""The demo as its user runs it: on servers of its own, in the face of kills, until Ctrl-C, and once more."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import redis

from config.embedded.home import home_of
from config.embedded.redis import Redis
from config.environment import BASE_DIR
from config.servers import remove

pytestmark = pytest.mark.workers
WITHIN = 240.0


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "demo"
    remove(tmp_path / "demo")


@contextmanager
def demo(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which gets nothing of this test run's servers."""
    ours = {"DATABASE_URL", "REDIS_URL", "REDIS_PREFIX", "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"DATA_DIR": str(data_dir), "SANDBOX_TIMEOUT": "0.5"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def read_until(process: subprocess.Popen[str], sentence: str) -> str:
    told = ""
    assert process.stdout
    for line in process.stdout:
        told += line
        if sentence in line:
            return told
    pytest.fail(f"the demo ended without saying {sentence!r}:\n{told}")


def processes(data_dir: Path) -> list[psutil.Process]:
    """Everything that runs for this data directory; all of it has inherited the variable, PostgreSQL its folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            its_folder = str(home_of(data_dir).root)
            if process.environ().get("DATA_DIR") == str(data_dir) or its_folder in " ".join(
                process.cmdline()
            ):
                found.append(process)
    return found


def workers(data_dir: Path) -> list[psutil.Process]:
    return [process for process in processes(data_dir) if "worker" in process.cmdline()]


def test_the_demo_bears_kills_ends_with_ctrl_c_and_goes_on_with_its_data(data_dir):
    with demo(data_dir, "--count", "60") as first:
        read_until(first, "Placing sample orders")
        for victim in workers(data_dir):
            victim.kill()
        with redis.Redis.from_url(Redis(home_of(data_dir)).url) as broker:
            broker.flushall()
        told = read_until(first, "Ctrl-C ends it.")
        first.send_signal(signal.SIGINT)
        assert first.wait(WITHIN) == 0

    assert "sagas that have not ended" not in told
    assert "invariants hold." in told
    assert "mail sent" in told
    assert "/api/docs/" in told
    assert processes(data_dir) == []
    assert any((data_dir / "mail").iterdir())

    with demo(data_dir, "--once", "--count", "26") as second:
        told = read_until(second, "API docs")
        assert second.wait(WITHIN) == 0

    assert "invariants hold." in told
    orders = next(line for line in told.splitlines() if line.startswith("│ orders "))
    assert orders.split("│")[2].strip() == str(60 + 5 + 26 + 5)
    deadline = time.monotonic() + 10
    while processes(data_dir) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes(data_dir) == []


def test_a_file_that_is_not_there_is_told_before_anything_starts(data_dir):
    with demo(data_dir, "--once", "--orders", "none.csv") as process:
        told = read_until(process, "there is no file none.csv")
        assert process.wait(WITHIN) == 1

    assert "Starting web" not in told
