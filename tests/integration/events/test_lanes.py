"""One drainer holds a lane; who lost it stores nothing; who died is followed at once."""

import os
import signal
import time
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import connection, transaction

from events import lanes, send, subscribe
from events.batch import Batches
from events.drain import Drainer, drain
from events.errors import LaneLost
from events.execution import execute, unit_of_work
from events.flush import Held, Retry, flush
from events.models import Delivery, Lane, Message
from tests.integration.events.steps import (
    DEAD,
    DONE,
    PENDING,
    Process,
    accounts_in_one_lane,
    all_done,
    delivery,
    deposit,
    drain_until,
    in_another_process,
    lane_of,
    let_time_pass,
)
from tests.support.stack import eventually
from tests.toys.accounts.commands import BlockAccount
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited
from tests.toys.mailbox.commands import Remind
from tests.toys.mailbox.models import Visit

pytestmark = pytest.mark.django_db

LANE = 3


def take_over(lane: int) -> int:
    """The lease runs out, and somebody else takes the lane."""
    let_time_pass(lane)
    token = lanes.take(lane)
    assert token is not None
    return token


def test_lane_is_held_by_one():
    held = lanes.take(LANE)

    assert held is not None
    assert lanes.take(LANE) is None
    assert lanes.take(LANE + 1) is not None


def test_lane_that_was_let_go_is_taken_under_a_newer_token():
    first = lanes.take(LANE)
    assert first is not None
    lanes.release(LANE, first)

    second = lanes.take(LANE)

    assert second is not None
    assert second > first


def test_lane_is_taken_over_when_its_lease_has_run_out_and_not_before():
    first = lanes.take(LANE)
    assert lanes.take(LANE) is None

    let_time_pass(LANE)

    second = lanes.take(LANE)
    assert first is not None
    assert second is not None
    assert second > first


def test_lane_is_taken_over_at_once_when_the_holders_connection_is_gone():
    assert in_another_process(lambda: lanes.take(LANE)) == 0

    eventually(lambda: lanes.take(LANE) is not None, within=2.0)


def test_lane_of_a_holder_that_lives_is_not_taken_and_of_one_that_is_killed_it_is():
    def take_and_stay() -> None:
        lanes.take(LANE)
        time.sleep(60)

    holder = Process(take_and_stay)
    eventually(lambda: Lane.objects.get(number=LANE).backend is not None)
    assert lanes.take(LANE) is None

    os.kill(holder.pid, signal.SIGKILL)
    assert holder.ended() == -signal.SIGKILL

    eventually(lambda: lanes.take(LANE) is not None, within=2.0)


def test_connection_that_only_bears_the_holders_old_number_holds_nothing():
    lanes.take(LANE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_lane SET backend_start = backend_start - interval '1 s'")

    assert lanes.take(LANE) is not None


def test_lane_is_let_go_only_by_its_holder():
    first = lanes.take(LANE)
    assert first is not None
    take_over(LANE)

    lanes.release(LANE, first)

    assert lanes.take(LANE) is None


def test_key_lies_in_the_same_lane_for_ever():
    keys = ["", "order-1", "order-2", str(UUID(int=1))]

    assert [lanes.lane_of(key) for key in keys] == [0, 7, 5, 7]


def test_lanes_are_numbered_on_from_group_to_group(settings):
    settings.EVENTS_LANE_GROUPS = {"default": 2, "slow": 3}

    assert list(lanes.all_lanes()) == [("default", 0), ("default", 1), ("slow", 2), ("slow", 3), ("slow", 4)]
    assert {lanes.lane_of(str(key), "slow") for key in range(100)} == {2, 3, 4}
    assert lanes.group_of(4) == "slow"
    assert lanes.group_of(99) == "default"
    with pytest.raises(LookupError, match="EVENTS_LANE_GROUPS"):
        lanes.lane_of("key", "unknown")


def test_held_lane_is_drained_by_its_holder_only():
    account = deposit()
    lanes.take(lane_of(account))

    assert drain(lane_of(account)) == 0
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}


def test_lane_is_free_after_it_was_drained():
    account = deposit()
    drain(lane_of(account))

    assert lanes.take(lane_of(account)) is not None


def test_lane_is_free_after_a_drain_that_failed(monkeypatch):
    account = deposit()
    monkeypatch.setattr(Drainer, "run", broken)

    with pytest.raises(RuntimeError):
        drain(lane_of(account))

    assert lanes.take(lane_of(account)) is not None


def broken(drainer: Drainer) -> None:
    raise RuntimeError("planted")


def test_drainer_whose_lane_was_taken_meanwhile_stores_nothing(declarations):
    """As if its process had been stopped in the middle of a batch, for longer than its lease."""

    @subscribe(AccountBlocked, name="tests.sleeps")
    def sleeps(told: AccountBlocked) -> None:
        newer.append(take_over(lane))

    newer: list[int] = []
    accounts = accounts_in_one_lane(5)
    lane = lane_of(accounts[0])
    for account in accounts:
        execute(BlockAccount(account_id=account))
    before = Message.objects.count()

    drain(lane)

    assert Message.objects.count() == before
    assert not Delivery.objects.filter(state=DONE).exists()
    assert lanes.take(lane) is None, "the newer holder's lease is untouched"
    assert Lane.objects.get(number=lane).token == newer[-1]


def test_what_a_lost_drainer_had_claimed_is_handled_by_the_next_holder(declarations):
    @subscribe(AccountBlocked, name="tests.sleeps")
    def sleeps(told: AccountBlocked) -> None:
        if not slept:
            slept.append(take_over(lane))

    slept: list[int] = []
    accounts = accounts_in_one_lane(5)
    lane = lane_of(accounts[0])
    for account in accounts:
        execute(BlockAccount(account_id=account))
    drain(lane)
    assert not Delivery.objects.filter(state=DONE).exists()

    let_time_pass(lane)
    drain(lane)

    assert set(Delivery.objects.filter(handler="tests.sleeps").values_list("state", flat=True)) == {DONE}
    assert Message.objects.filter(name=Remind.message_type.name).count() == 5


def test_drainer_that_lost_its_lane_is_refused_in_every_way_of_settling():
    account = deposit()
    lane = lane_of(account)
    token = lanes.take(lane)
    assert token is not None
    take_over(lane)

    ids = list(Delivery.objects.filter(lane=lane).values_list("id", flat=True))
    # As if they had been claimed before.
    Delivery.objects.filter(lane=lane).update(token=token, attempts=1)

    with pytest.raises(LaneLost):
        Batches(Held(lane, token)).settle([Retry(id, DEAD, 0.0, None) for id in ids])
    with unit_of_work() as unit, pytest.raises(LaneLost), transaction.atomic():
        flush(unit, held=Held(lane, token), finished=ids)

    assert set(Delivery.objects.values_list("state", flat=True)) == {PENDING}


def test_drainer_that_lost_its_lane_claims_nothing():
    account = deposit()
    lane = lane_of(account)
    token = lanes.take(lane)
    assert token is not None
    take_over(lane)

    with suppress(LaneLost):
        Drainer(Held(lane, token)).run()

    assert set(Delivery.objects.values_list("token", "attempts")) == {(None, 0)}


def test_own_sql_of_a_drainer_that_lost_its_lane_is_undone(declarations):
    @subscribe(AccountBlocked, name="tests.own_sql", own_sql=True)
    def own_sql(told: AccountBlocked) -> None:
        Visit.objects.create(message="own")
        if not slept:
            slept.append(in_another_process(lambda: take_over(lane)))

    slept: list[int] = []
    (account,) = accounts_in_one_lane(1)
    lane = lane_of(account)
    execute(BlockAccount(account_id=account))
    drain(lane)
    assert slept == [0]
    assert not Visit.objects.filter(message="own").exists()
    assert delivery("tests.own_sql").state == PENDING

    let_time_pass(lane)
    drain_until(lambda: delivery("tests.own_sql").state == DONE)
    assert Visit.objects.filter(message="own").count() == 1


def test_deliveries_that_a_drainer_carried_in_memory_are_not_lost_with_it(declarations):
    """Stored and born claimed by the first flush; the process is gone before the second batch is flushed."""

    @subscribe(MoneyDeposited, name="tests.sends")
    def sends(told: MoneyDeposited) -> None:
        send(BlockAccount(account_id=told.account_id))

    @subscribe(AccountBlocked, name="tests.dies")
    def dies(told: AccountBlocked) -> None:
        if os.getpid() != test:
            os._exit(9)

    test = os.getpid()
    account = deposit()
    lane = lane_of(account)
    assert in_another_process(lambda: drain(lane)) == 9

    carried = delivery("tests.dies")
    assert (carried.state, carried.attempts) == (PENDING, 1)
    assert carried.token is not None
    eventually(lambda: drain(lane), within=2.0)
    let_time_pass(lane)
    drain_until(lambda: delivery("tests.dies").state == DONE)
    let_time_pass(lane)
    drain_until(all_done)
    assert delivery("mailbox.remind").attempts == 1
