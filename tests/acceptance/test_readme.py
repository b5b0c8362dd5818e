"""Every command of the README, as somebody types it who has just cloned the repository."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from config.environment import BASE_DIR
from config.servers import remove

pytestmark = pytest.mark.workers

COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", (BASE_DIR / "README.md").read_text(), re.DOTALL)
    for line in block.splitlines()
]
# `make test` is what runs this; it cannot run itself.
RUNNABLE = [command for command in COMMANDS if command not in {"", "make test"}]
# Seconds for one command.
WITHIN = 180.0
# What stays up until Ctrl-C, and the words after which it may come.
STAYS_UP = {
    "make demo": "Ctrl-C ends it.",
    "make demo ORDERS=FILE": "Ctrl-C ends it.",
    'make manage ARGS="run"': "beat: process",
}
ORDERS = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,MUG,A mug,2,2010-12-01 08:26:00,2.55,17850,United Kingdom
2,CUP,A cup,1,2010-12-01 08:28:00,3.39,,United Kingdom
"""


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user who has set nothing up."""
    home = tmp_path_factory.mktemp("readme")
    (home / "orders.csv").write_text(ORDERS)
    yield {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "DATA_DIR": str(home / "data"),
        "SANDBOX_TIMEOUT": "0.2",
        "HERE": str(home),
    }
    remove(home / "data")


def test_the_readme_shows_its_commands():
    assert "make test" in COMMANDS
    assert set(STAYS_UP) <= set(RUNNABLE)


@pytest.mark.xdist_group("readme")
def test_every_command_of_the_readme_does_what_it_says(at_home):
    # In the order of the README, the one that deletes the data last: they build on one another.
    for command in sorted(RUNNABLE, key=lambda command: command == "make clean-demo"):
        typed = command.replace("FILE", f"{at_home['HERE']}/orders.csv").replace(
            "OUT=", f"OUT={at_home['HERE']}/"
        )
        code, told = run(typed, at_home, until=STAYS_UP.get(command, ""))

        # Make itself ends by the signal that Ctrl-C sends to both.
        ends_well = {0} if command not in STAYS_UP else {0, -signal.SIGINT, 130}
        assert code in ends_well, f"{command} ended with {code}:\n{told}"
        assert "Traceback" not in told, f"{command}:\n{told}"

    assert (Path(at_home["HERE"]) / "events.jsonl").read_text().count("\n") > 100
    assert (Path(at_home["HERE"]) / "ledger.jsonl").read_text().count("\n") > 10


def run(typed: str, environment: dict[str, str], *, until: str) -> tuple[int, str]:
    told = ""
    with subprocess.Popen(
        ["bash", "-c", f"exec {typed}"],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        watchdog = Timer(WITHIN, os.killpg, (process.pid, signal.SIGTERM))
        watchdog.start()
        for line in process.stdout:
            told += line
            if until and until in line:
                # As a terminal does it: to the whole foreground group.
                os.killpg(process.pid, signal.SIGINT)
        watchdog.cancel()
    return process.returncode, told
