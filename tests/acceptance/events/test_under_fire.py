"""Real workers that are killed, stopped and robbed of their Redis: every effect happens once, nothing is lost or stuck."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from django.conf import settings
from django.db.models import Count
from django.test import override_settings

from events import Money
from events.execution import execute, unit_of_work
from events.messages import Command, DomainEvent
from events.models import Delivery, Message
from tests.support.stack import Workers, eventually, worker_processes
from tests.toys.accounts.commands import DepositMoney
from tests.toys.accounts.events import MoneyDeposited
from tests.toys.mailbox.commands import PostLetter
from tests.toys.mailbox.events import LetterPosted
from tests.toys.mailbox.models import Letter, Stamped, Visit
from tests.toys.mailbox.subscribers import DOZING

pytestmark = [pytest.mark.django_db, pytest.mark.workers]

PENDING, DEAD = Delivery.State.PENDING, Delivery.State.DEAD
N = 300


@pytest.fixture(scope="module")
def company(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """A worker with two pool processes, and beat for the sweep, for all tests of this module."""
    # Each beat keeps a schedule of its own: another process of pytest may run one, too.
    with (
        override_settings(DATA_DIR=tmp_path_factory.mktemp("beat")),
        django_db_blocker.unblock(),
        worker_processes(concurrency=2, with_beat=True) as workers,
    ):
        yield workers


@pytest.fixture
def at_work(company: Workers, transactional_db: None) -> Workers:
    """Ready and idle, whatever the test before has done to it."""
    company.wait_until_ready()
    eventually(lambda: len(company.pool_pids) == 2)
    return company


def deposit(account: UUID, trouble: str = "") -> None:
    execute(DepositMoney(account_id=account, amount=Money(1, "GBP"), trouble=trouble))


def nothing_is_pending() -> bool:
    return not Delivery.objects.filter(state=PENDING).exists()


def ids(kind: type[DomainEvent] | type[Command]) -> list[UUID]:
    return list(Message.objects.filter(name=kind.message_type.name).values_list("id", flat=True))


def assert_everything_happened_once(deposits: int) -> None:
    """Each deposit has one letter, posted once, under one key of its own; each was read and counted once."""
    told = {str(id) for id in ids(MoneyDeposited)}
    assert len(told) == deposits
    assert {str(id) for id in Letter.objects.values_list("id", flat=True)} == told
    assert len(ids(LetterPosted)) == len(ids(PostLetter)) == deposits
    visits = Counter(Visit.objects.values_list("message", flat=True))
    assert set(visits) == told
    assert set(visits.values()) == {1}
    calls = set(Stamped.objects.exclude(key=DOZING).values_list("key", flat=True))
    assert calls == {str(id) for id in ids(PostLetter)}
    assert not streams_with_holes()


def streams_with_holes() -> list[str | None]:
    streams = Message.objects.exclude(stream_version=None).values("stream")
    counted = streams.annotate(last=Count("stream_version")).values_list("stream", "last")
    versions = {stream: set(range(1, last + 1)) for stream, last in counted}
    for stream, version in Message.objects.exclude(stream_version=None).values_list(
        "stream", "stream_version"
    ):
        versions[stream].discard(version)
    return [stream for stream, missing in versions.items() if missing]


@contextmanager
def again_and_again(act: Callable[[], object], *, every: float) -> Iterator[None]:
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_deposits_are_handled_exactly_once_while_processes_are_killed(at_work):
    killed: list[int] = []

    def kill_one() -> None:
        with suppress(ProcessLookupError, psutil.NoSuchProcess, IndexError):
            pid = random.choice(at_work.pool_pids)
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    accounts = [uuid4() for _ in range(30)]
    with again_and_again(kill_one, every=0.2):
        began = time.monotonic()
        for number in range(N):
            deposit(accounts[number % len(accounts)])
        while time.monotonic() < began + 4.0:
            time.sleep(0.05)

    eventually(nothing_is_pending, within=45.0)
    assert len(killed) > 8
    assert not Delivery.objects.filter(state=DEAD).exists()
    assert_everything_happened_once(N)


def test_deposits_are_handled_exactly_once_when_a_whole_worker_is_killed(at_work):
    for _ in range(100):
        deposit(uuid4())
    for pid in at_work.main_pids:
        os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        deposit(uuid4())

    eventually(nothing_is_pending, within=45.0)
    assert_everything_happened_once(200)


def test_deposits_are_handled_exactly_once_while_redis_forgets(at_work, redis_client):
    """All that Redis knows of this system is gone, again and again: queues, flags, and what is under way."""

    def forget_everything() -> None:
        keys = list(redis_client.scan_iter(match=f"{settings.REDIS_PREFIX}*"))
        if keys:
            redis_client.delete(*keys)

    with again_and_again(forget_everything, every=0.1):
        for _ in range(100):
            deposit(uuid4())
        time.sleep(1.0)
    for _ in range(50):
        deposit(uuid4())

    eventually(nothing_is_pending, within=45.0)
    assert not Delivery.objects.filter(state=DEAD).exists()
    assert_everything_happened_once(150)


def test_handler_that_kills_its_process_ends_in_the_dead_letters_and_its_neighbours_are_done(at_work):
    accounts = [uuid4() for _ in range(40)]
    with unit_of_work():
        for number, account in enumerate(accounts):
            deposit(account, "reader dies" if number == 20 else "")

    eventually(nothing_is_pending, within=45.0)

    dead = Delivery.objects.get(state=DEAD)
    assert (dead.handler, dead.message.key) == ("mailbox.read_letter", str(accounts[20]))
    assert "kills its process" in str(dead.last_error)
    assert_everything_happened_once(40)


def test_process_that_was_stopped_for_longer_than_its_lease_commits_nothing_when_it_wakes(at_work):
    account = uuid4()
    deposit(account, "reader dozes")
    eventually(lambda: Stamped.objects.filter(key=DOZING).exists())
    stopped = int(Stamped.objects.get(key=DOZING).stamp)
    os.kill(stopped, signal.SIGSTOP)
    try:
        eventually(nothing_is_pending, within=40.0)
        assert_everything_happened_once(1)
        lost = at_work.logs().count("The lane was lost")
        before = list(Message.objects.values()), list(Delivery.objects.order_by("id").values())
    finally:
        os.kill(stopped, signal.SIGCONT)

    eventually(lambda: at_work.logs().count("The lane was lost") > lost)
    assert (list(Message.objects.values()), list(Delivery.objects.order_by("id").values())) == before
    assert_everything_happened_once(1)
    deposit(account)
    eventually(nothing_is_pending, within=20.0)
    assert_everything_happened_once(2)
