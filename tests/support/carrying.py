"""Workers without workers: what a test has sent is carried to its end, in this process."""

import os
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from config.environment import BASE_DIR
from events import Command
from events.drain import drain
from events.execution import unit_of_work
from events.invariants import Invariant
from events.lanes import all_lanes
from events.log import COLUMNS, envelope
from events.models import Delivery
from events.unit import send
from tests.support.stack import database_url

_MOST_ROUNDS = 50


def sent(*commands: Command) -> None:
    """Have the commands sent, all in one transaction."""
    with unit_of_work():
        for command in commands:
            send(command)


def carried(*, rounds: int = _MOST_ROUNDS) -> None:
    """Drain all lanes until nothing waits; what is due later is made due, so that no test waits for a timer."""
    for _ in range(rounds):
        Delivery.objects.filter(state=Delivery.State.PENDING).update(due_at="2000-01-01T00:00:00Z")
        for _, lane in all_lanes():
            drain(lane)
        if not Delivery.objects.filter(state=Delivery.State.PENDING).exists():
            return
    if rounds == _MOST_ROUNDS:
        pytest.fail(
            f"still waiting: {list(Delivery.objects.filter(state=0).values_list('handler', 'last_error'))}"
        )


def told(order_id: UUID, *, about: str = "") -> list[Any]:
    """The events with this key in the order of the log; `about` is how their names begin."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM events_message m WHERE key = %s AND kind = 1 AND name LIKE %s ORDER BY position",
            [str(order_id), f"{about}%"],
        )
        return [envelope(row).payload for row in cursor.fetchall()]


def dead_letters() -> list[str]:
    """Why deliveries have died."""
    dead = Delivery.objects.filter(state=Delivery.State.DEAD)
    return [f"{delivery.handler}: {(delivery.last_error or {}).get('message')}" for delivery in dead]


def killed_before_recording() -> None:
    """A worker drains all lanes in a process of its own, and is killed when a call has been answered and nothing recorded."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    killed = subprocess.run([sys.executable, "-c", _KILLED], env=environment, cwd=BASE_DIR, check=False)
    assert killed.returncode == -9, "it was not killed"
    # Nobody waits for the lease of a call whose process is gone: in a test it is over at once.
    Delivery.objects.filter(state=Delivery.State.PENDING).update(call_until=None)


_KILLED = """
import os, signal
import django
django.setup()
from events.batch import Batches
from events.drain import drain
from events.lanes import all_lanes
Batches.handle = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
for group, lane in all_lanes():
    drain(lane)
"""


def refuted(invariant: Invariant) -> list[str]:
    """What offends an invariant."""
    with connection.cursor() as cursor:
        cursor.execute(invariant.query)
        return [str(row[0]) for row in cursor.fetchall()]
