"""The supervisor on real processes: small ones for its rules, the whole system once."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import psutil
import pytest

from config.children import Program
from config.environment import BASE_DIR
from config.supervisor import Supervisor, running
from tests.support.stack import database_url, eventually, lives

# A program with a child of its own, as a worker with its pool.
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PARENT}"


@pytest.fixture
def supervisor(tmp_path) -> Callable[[str], Supervisor]:
    def of(program: str) -> Supervisor:
        command = (sys.executable, "-c", program)
        return Supervisor([Program("program", command)], environment=os.environ, log_dir=tmp_path)

    return of


def test_a_program_that_was_killed_is_started_again(supervisor):
    with running(supervisor(PARENT)) as stack:
        before = _family(stack)
        os.kill(stack.pids["program"], signal.SIGKILL)

        eventually(lambda: stack.pids.get("program", before[0]) != before[0])

        eventually(lambda: not any(map(lives, before)))


def test_each_start_waits_longer_than_the_one_before(supervisor, tmp_path):
    with running(supervisor("print('started', flush=True)")):
        eventually(lambda: (tmp_path / "program.log").read_text().count("started") == 3)

    # Half a second, then one: a program that cannot start does not keep the machine busy.
    starts = (tmp_path / "program.log").read_text().count("started")
    assert starts == 3


def test_no_process_is_left_behind(supervisor):
    with running(supervisor(PARENT)) as stack:
        family = _family(stack)

    eventually(lambda: not any(map(lives, family)))


def test_a_program_that_ignores_the_signal_is_killed_in_the_end(supervisor, monkeypatch):
    monkeypatch.setattr("config.supervisor.ENDS_WITHIN", 0.3)

    with running(supervisor(STUBBORN)) as stack:
        family = _family(stack)

    eventually(lambda: not any(map(lives, family)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process when its parent is killed")
def test_programs_end_when_the_supervisor_itself_was_killed(tmp_path):
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from config.children import Child, Program\n"
        "program = Program('program', (sys.executable, '-c', 'import time; time.sleep(600)'))\n"
        f"child = Child(program, os.environ, Path({str(tmp_path / 'log')!r}))\n"
        "child.revive(); print(child.pid, flush=True); signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        eventually(lambda: "time.sleep" in " ".join(psutil.Process(pid).cmdline()[:3]))
        process.kill()

    eventually(lambda: not lives(pid))


@pytest.mark.django_db
@pytest.mark.workers
def test_the_system_runs_until_sigterm_and_leaves_no_process_behind(tmp_path):
    port = _free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "manage.py", "run", "--web-port", str(port), "--concurrency", "1"]
    with subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        patience = threading.Timer(60, process.kill)
        patience.start()
        said = [process.stdout.readline() for _ in range(5)]
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        process.terminate()
        rest = process.stdout.read()
        patience.cancel()

    assert [line.split(":")[0] for line in said] == ["Web", "Logs", "web", "worker1", "beat"]
    assert (rest, process.returncode) == ("Stopped.\n", 0)
    assert len(family) == 5
    eventually(lambda: not any(map(lives, family)))


@pytest.mark.django_db
def test_a_port_that_is_taken_is_refused_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--web-port", str(taken.getsockname()[1])],
            cwd=BASE_DIR,
            env={**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert "is taken. Choose another one with --web-port" in done.stderr
    assert "Traceback" not in done.stderr


def _family(stack: Supervisor) -> list[int]:
    """The program and its child, once both are there."""
    pid = stack.pids["program"]
    eventually(lambda: psutil.Process(pid).children())
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
