"""Many want the same goods at once: never sold twice, never an error for who asks."""

from collections import Counter
from functools import partial
from random import Random
from uuid import uuid4

import pytest
from django.db import transaction

from events.drain import drain
from events.execution import execute
from events.lanes import all_lanes, lane_of
from events.models import Delivery, Message
from inventory import queries
from inventory.commands import AdjustStock, ReceiveStock, ReleaseInventory, ReserveInventory
from inventory.domain import Level
from inventory.errors import StockWouldGoBelowReserved
from inventory.models import Stock
from tests.integration.inventory.conftest import receive
from tests.support.carrying import carried, sent
from tests.support.races import beside, wait_until_blocked
from tests.support.shop import units


def reserve(lane: int | None = None, **quantities: int) -> ReserveInventory:
    order = uuid4()
    while lane is not None and lane_of(str(order)) != lane:
        order = uuid4()
    return ReserveInventory(order_id=order, reservation_id=uuid4(), lines=units(**quantities))


def answers() -> Counter[str]:
    names = Message.objects.filter(name__startswith="inventory.inventory_").values_list("name", flat=True)
    return Counter(name.removeprefix("inventory.inventory_") for name in names)


def test_of_two_orders_that_see_the_last_unit_at_once_exactly_one_gets_it():
    receive(MUG=1)
    sent(reserve(lane=0, MUG=1), reserve(lane=1, MUG=1))

    with beside() as start:
        with transaction.atomic():
            # Both decide on the level that they have read, then wait here with their flush.
            Stock.objects.select_for_update().get(sku="MUG")
            drains = [start(partial(drain, 0)), start(partial(drain, 1))]
            wait_until_blocked(2)
        settled = [drained.result() for drained in drains]

    assert settled == [1, 1]
    assert answers() == {"reserved": 1, "reservation_failed": 1}
    assert queries.level("MUG") == Level(1, 1)
    assert not Delivery.objects.exclude(state=Delivery.State.DONE).exists()


def test_a_whole_batch_that_loses_the_race_is_decided_anew_one_by_one():
    receive(MUG=10)
    sent(*[reserve(lane=0, MUG=1) for _ in range(8)], *[reserve(lane=1, MUG=1) for _ in range(8)])

    with beside() as start:
        with transaction.atomic():
            Stock.objects.select_for_update().get(sku="MUG")
            drains = [start(partial(drain, 0)), start(partial(drain, 1))]
            wait_until_blocked(2)
        assert [drained.result() for drained in drains] == [8, 8]

    assert answers() == {"reserved": 10, "reservation_failed": 6}


def test_an_adjustment_that_loses_to_a_reservation_is_refused_in_words():
    receive(MUG=1)
    adjust = AdjustStock(adjustment_id=uuid4(), lines=units(MUG=-1), reason="broken")

    with beside() as start:
        with transaction.atomic():
            execute(reserve(MUG=1))
            adjusting = start(lambda: execute(adjust))
            wait_until_blocked(1)
        with pytest.raises(StockWouldGoBelowReserved):
            adjusting.result()

    assert queries.level("MUG") == Level(1, 1)


def test_two_receipts_that_open_a_sku_at_once_both_count():
    with beside() as start:
        with transaction.atomic():
            receive(MUG=1)
            receiving = start(lambda: receive(MUG=2, TEA=1))
            wait_until_blocked(1)
        receiving.result()

    assert queries.level("MUG") == Level(3, 0)
    assert queries.level("TEA") == Level(1, 0)


def test_the_same_receipt_twice_at_once_counts_once():
    receipt = ReceiveStock(receipt_id=uuid4(), lines=units(MUG=2))

    with beside() as start:
        with transaction.atomic():
            execute(receipt)
            again = start(lambda: execute(receipt))
            wait_until_blocked(1)
        again.result()

    assert queries.level("MUG") == Level(2, 0)


def test_a_release_and_its_late_reservation_at_once_leave_nothing_reserved():
    receive(MUG=1)
    wanted = reserve(MUG=1)

    with beside() as start:
        with transaction.atomic():
            execute(ReleaseInventory(order_id=wanted.order_id, reservation_id=wanted.reservation_id))
            late = start(lambda: execute(wanted))
            wait_until_blocked(1)
        late.result()

    assert answers() == {"released": 1, "reservation_failed": 1}
    assert queries.level("MUG") == Level(1, 0)


@pytest.fixture
def rush():
    """240 orders for the hot SKU, with others beside it, in all lanes."""
    random = Random(7)
    others = ["A", "B", "C", "D", "E"]
    receive(HOT=150, **dict.fromkeys(others, 1_000))
    wanted = [reserve(HOT=1, **dict.fromkeys(random.sample(others, 3), 1)) for _ in range(240)]
    sent(*wanted)
    return wanted


def test_a_hot_sku_is_sold_to_the_last_unit_and_not_beyond(rush):
    with beside() as start:
        drains = [start(partial(drain, lane)) for _, lane in all_lanes()]
        assert sum(drained.result() for drained in drains) == 240

    assert answers() == {"reserved": 150, "reservation_failed": 90}
    assert queries.level("HOT") == Level(150, 150)
    assert not Delivery.objects.exclude(state=Delivery.State.DONE).exists()


def test_releases_amid_the_rush_give_back_what_they_found_and_no_more(rush):
    with beside() as start:
        drains = [start(partial(drain, lane)) for _, lane in all_lanes()]
        for command in rush[::6]:
            execute(ReleaseInventory(order_id=command.order_id, reservation_id=command.reservation_id))
        assert all(drained.result() for drained in drains)
    carried()

    told = answers()
    found = Message.objects.filter(name="inventory.inventory_released").exclude(payload__lines=[]).count()
    assert told["reserved"] + told["reservation_failed"] == 240
    assert queries.level("HOT") == Level(150, told["reserved"] - found)
    assert not Delivery.objects.exclude(state=Delivery.State.DONE).exists()
