"""One wake-up for many messages; none is missed; and whatever Redis does, nothing waits for it."""

import json
import socket
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import transaction

from events import deliveries, drain, lanes, wakeups
from events.models import Delivery
from events.replay import replay
from events.sweep import sweep
from tests.integration.events.steps import (
    DEAD,
    DONE,
    PENDING,
    accounts_in_one_lane,
    delivery,
    deposit,
    drain_all,
    in_another_process,
    lane_of,
)

pytestmark = pytest.mark.django_db

QUEUE = "default"


@pytest.fixture
def waiting(redis_client: redis.Redis) -> Callable[[], list[int]]:
    """The lanes that tasks in the queue name; taken out of it."""

    def take() -> list[int]:
        found = []
        while (task := redis_client.lpop(f"{settings.REDIS_PREFIX}{QUEUE}")) is not None:
            found.append(lane_in(str(task, "utf-8") if isinstance(task, bytes) else str(task)))
        return found

    return take


def lane_in(task: str) -> int:
    message = json.loads(task)
    assert message["headers"]["task"] == "events.drain"
    (lane,), _, _ = json.loads(b64decode(message["body"]))
    assert isinstance(lane, int), "a task names a lane, never a payload"
    return lane


def test_many_messages_of_a_lane_are_announced_once(waiting):
    accounts = accounts_in_one_lane(5)

    for account in accounts:
        deposit(account)

    assert waiting() == [lane_of(accounts[0])]


def test_message_after_a_drain_is_announced_again(waiting):
    account = deposit()
    waiting()
    drain_all()

    deposit(account)

    assert waiting() == [lane_of(account)]


def test_drain_that_leaves_nothing_behind_announces_nothing(waiting):
    deposit()
    waiting()

    drain_all()

    assert waiting() == []


def test_nothing_is_announced_before_the_transaction_commits(waiting):
    with transaction.atomic():
        account = deposit()
        assert waiting() == []

    assert waiting() == [lane_of(account)]


def test_rolled_back_message_is_not_announced(waiting):
    with transaction.atomic():
        deposit()
        transaction.set_rollback(True)

    assert waiting() == []


def test_replayed_dead_letter_is_announced_when_the_replay_has_committed(waiting):
    account = deposit(trouble="reader refuses")
    drain_all()
    waiting()
    dead = delivery("mailbox.read_letter")
    assert dead.state == DEAD

    with transaction.atomic():
        replay([dead.id])
        assert waiting() == []

    assert waiting() == [lane_of(account)]


MOMENTS = {
    "after the last look, while the lane is still held": (lanes, "release", "before"),
    "after the lane was let go": (lanes, "release", "after"),
    "after the flag was cleared, before the last look": (deliveries, "is_due", "before"),
    "after the last look": (deliveries, "is_due", "after"),
    "when the lane was just taken": (lanes, "take", "after"),
    "after the first claim": (deliveries, "claim", "after"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_message_that_comes_while_a_lane_is_drained_is_drained_without_a_sweep(moment, waiting, monkeypatch):
    """Its own wake-up finds the lane held and is gone; whoever holds the lane sees the message or the next task does."""
    first, second = accounts_in_one_lane(2)
    lane = lane_of(first)
    comes = Once(lambda: another_process_deposits_and_the_workers_look(second, waiting))
    hook(monkeypatch, *MOMENTS[moment], comes)
    deposit(first)

    while tasks := waiting():
        for task in tasks:
            drain.drain(task)

    assert comes.came
    assert set(Delivery.objects.filter(lane=lane).values_list("state", flat=True)) == {DONE}


@pytest.mark.parametrize("moment", MOMENTS)
def test_message_whose_own_wake_up_was_not_needed_is_drained_without_a_sweep(moment, waiting, monkeypatch):
    """The flag is up already when it comes: somebody has announced the lane and has yet to be heard."""
    first, second = accounts_in_one_lane(2)
    lane = lane_of(first)

    def comes_under_a_flag() -> None:
        wakeups.wake([lane])
        another_process_deposits_and_the_workers_look(second, waiting)

    comes = Once(comes_under_a_flag)
    hook(monkeypatch, *MOMENTS[moment], comes)
    deposit(first)

    while tasks := waiting():
        for task in tasks:
            drain.drain(task)

    assert comes.came
    assert set(Delivery.objects.filter(lane=lane).values_list("state", flat=True)) == {DONE}


def test_message_after_the_last_look_announces_itself_though_another_one_raised_the_flag_before(
    waiting, monkeypatch
):
    """The other's task found the lane held and is gone; its flag must not silence the message that nobody sees."""
    first, second, third = accounts_in_one_lane(3)
    lane = lane_of(first)
    early = Once(lambda: another_process_deposits_and_the_workers_look(second, waiting))
    late = Once(lambda: another_process_deposits_and_the_workers_look(third, waiting))
    hook(monkeypatch, *MOMENTS["after the first claim"], early)
    hook(monkeypatch, *MOMENTS["after the last look"], late)
    deposit(first)

    while tasks := waiting():
        for task in tasks:
            drain.drain(task)

    assert early.came
    assert late.came
    assert set(Delivery.objects.filter(lane=lane).values_list("state", flat=True)) == {DONE}


class Once:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.came = False

    def __call__(self) -> None:
        if not self.came:
            self.came = True
            self.act()


def hook(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, place: str, act: Callable[[], None]
) -> None:
    function = getattr(module, name)

    def hooked(*args: Any) -> Any:
        if place == "before":
            act()
        result = function(*args)
        if place == "after":
            act()
        return result

    monkeypatch.setattr(module, name, hooked)


def another_process_deposits_and_the_workers_look(account: UUID, waiting: Callable[[], list[int]]) -> None:
    """Every worker is quick: each wake-up is followed at once, and dropped where the lane is held."""
    assert in_another_process(lambda: deposit(account)) == 0
    for lane in waiting():
        in_another_process(lambda lane=lane: drain.drain(lane))  # type: ignore[misc]


# Whatever Redis does


@pytest.fixture
def hung_server() -> Iterator[int]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def redis_at(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Moves Redis, for the application, to another port of this machine."""
    broker = current_app.conf.broker_url

    def move(port: int) -> None:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        move_broker(settings.REDIS_URL)

    yield move
    move_broker(broker)


def move_broker(url: str) -> None:
    current_app.conf.update(broker_url=url)
    wakeups._client.cache_clear()
    wakeups._broker.cache_clear()


@pytest.fixture(params=["refuses", "hangs"])
def broken_redis(request: pytest.FixtureRequest, redis_at: Callable[[int], None]) -> None:
    redis_at(request.getfixturevalue("closed_port" if request.param == "refuses" else "hung_server"))


def test_command_is_carried_out_at_once_while_redis_is_broken(broken_redis):
    began = time.monotonic()

    account = deposit()

    assert time.monotonic() - began < 0.25
    assert Delivery.objects.filter(message__key=str(account), state=PENDING).count() == 3


def test_broken_redis_is_not_asked_again_and_again(broken_redis):
    deposit()
    began = time.monotonic()

    for _ in range(10):
        deposit()

    assert time.monotonic() - began < 0.5


def test_redis_that_takes_flags_but_no_tasks_delays_nobody(redis_at, hung_server):
    redis_url = settings.REDIS_URL
    redis_at(hung_server)
    settings.REDIS_URL = redis_url
    wakeups._client.cache_clear()

    began = time.monotonic()
    deposit()

    assert time.monotonic() - began < 0.35


def test_lane_is_drained_while_redis_is_broken(broken_redis):
    account = deposit()

    drain_all()

    assert set(Delivery.objects.filter(message__key=str(account)).values_list("state", flat=True)) == {DONE}


def test_sweep_announces_what_a_broken_redis_did_not(redis_at, closed_port, waiting, monkeypatch):
    redis_url = settings.REDIS_URL
    broker = current_app.conf.broker_url
    redis_at(closed_port)
    account = deposit()
    settings.REDIS_URL = redis_url
    move_broker(broker)
    monkeypatch.setattr(wakeups._server, "_down_until", 0.0)

    assert sweep() == [lane_of(account)]
    assert waiting() == [lane_of(account)]


# The sweep


def test_sweep_offers_due_lanes_again_whatever_the_flags_say(waiting):
    account = deposit()
    waiting()

    assert sweep() == sweep() == [lane_of(account)]
    assert waiting() == [lane_of(account)] * 2


def test_sweep_leaves_alone_what_is_held_or_not_due(waiting):
    account = deposit()
    waiting()
    token = lanes.take(lane_of(account))
    assert sweep() == []

    lanes.release(lane_of(account), token or 0)
    drain_all()
    assert sweep() == []


def test_sweep_offers_the_lane_of_a_holder_that_is_gone():
    account = deposit()
    assert in_another_process(lambda: lanes.take(lane_of(account))) == 0
    time.sleep(0.2)

    assert sweep() == [lane_of(account)]


def test_sweep_does_not_offer_what_is_being_called():
    account = deposit(trouble="slow post")
    drain_all()
    assert delivery("mailbox.post_letter", account).call_until is not None

    assert sweep() == []
    assert not deliveries.is_due(lane_of(account))
