"""Goods set aside for an order: all or nothing, once in each direction, whatever is asked in whatever order."""

from itertools import product
from uuid import uuid4

import pytest

from inventory import errors
from inventory.commands import CommitReservation, ReleaseInventory, ReserveInventory
from inventory.domain import Level
from inventory.events import (
    InventoryCommitted,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    Missing,
    SkuQuantity,
)
from tests.support.shop import units
from tests.unit.inventory.shelf import Shelf

ORDER, RESERVATION = uuid4(), uuid4()
IDS = {"order_id": ORDER, "reservation_id": RESERVATION}
RESERVE = ReserveInventory(**IDS, lines=units(MUG=2, TEA=1))
RELEASE = ReleaseInventory(**IDS)
COMMIT = CommitReservation(**IDS)
RESERVED = InventoryReserved(**IDS, lines=units(MUG=2, TEA=1))
RELEASED = InventoryReleased(**IDS, lines=units(MUG=2, TEA=1))
COMMITTED = InventoryCommitted(**IDS, lines=units(MUG=2, TEA=1))
NOTHING_TO_RELEASE = InventoryReleased(**IDS, lines=())
TOO_LATE = InventoryReservationFailed(**IDS, missing=())


@pytest.fixture
def shelf():
    return Shelf(MUG=5, TEA=1)


def test_reserving_sets_goods_aside_and_leaves_them_on_hand(shelf):
    assert shelf.obey(RESERVE) == [RESERVED]

    assert shelf.levels == {"MUG": Level(5, 2), "TEA": Level(1, 1)}
    assert shelf.ledger == [("reserve", "MUG", 0, 2), ("reserve", "TEA", 0, 1)]


def test_a_shortage_of_one_sku_reserves_nothing_and_says_what_lacks(shelf):
    command = ReserveInventory(**IDS, lines=units(MUG=2, TEA=3, COFFEE=1))

    assert shelf.obey(command) == [
        InventoryReservationFailed(
            **IDS,
            missing=(Missing(sku="COFFEE", wanted=1, available=0), Missing(sku="TEA", wanted=3, available=1)),
        )
    ]
    assert shelf.ledger == []


def test_lines_of_one_sku_are_added_up_whatever_their_case(shelf):
    lines = (SkuQuantity(sku="mug", quantity=3), SkuQuantity(sku=" MUG", quantity=2))

    assert shelf.obey(ReserveInventory(**IDS, lines=lines)) == [InventoryReserved(**IDS, lines=units(MUG=5))]


def test_lines_of_one_sku_are_not_reserved_one_by_one(shelf):
    lines = (SkuQuantity(sku="MUG", quantity=3), SkuQuantity(sku="MUG", quantity=3))

    (failed,) = shelf.obey(ReserveInventory(**IDS, lines=lines))

    assert failed.missing == (Missing(sku="MUG", wanted=6, available=5),)


def test_reserving_again_is_answered_again_and_moves_nothing(shelf):
    assert shelf.obey(RESERVE, RESERVE) == [RESERVED, RESERVED]
    assert shelf.obey(RESERVE) == [RESERVED]

    assert shelf.levels["MUG"] == Level(5, 2)


def test_a_reservation_that_failed_fails_again_even_when_goods_came_in(shelf):
    command = ReserveInventory(**IDS, lines=units(TEA=2))
    failed = shelf.obey(command)
    shelf.lookups[next(iter(shelf.lookups))]["TEA"] = Level(9, 0)
    shelf.opened["TEA"] = 9

    assert shelf.obey(command) == failed
    assert shelf.ledger == []


def test_a_release_gives_back_what_was_reserved_once(shelf):
    shelf.obey(RESERVE)

    assert shelf.obey(RELEASE) == [RELEASED]
    assert shelf.obey(RELEASE, RELEASE) == [NOTHING_TO_RELEASE, NOTHING_TO_RELEASE]
    assert shelf.levels == {"MUG": Level(5, 0), "TEA": Level(1, 0)}


def test_a_release_that_overtakes_its_reservation_is_remembered_and_the_late_reservation_fails(shelf):
    assert shelf.obey(RELEASE) == [NOTHING_TO_RELEASE]
    assert shelf.obey(RESERVE) == [TOO_LATE]

    assert shelf.ledger == []


def test_releasing_what_failed_undoes_nothing(shelf):
    shelf.obey(ReserveInventory(**IDS, lines=units(TEA=2)))

    assert shelf.obey(RELEASE) == [NOTHING_TO_RELEASE]


def test_a_commitment_moves_nothing_and_is_noted(shelf):
    shelf.obey(RESERVE)

    assert shelf.obey(COMMIT, COMMIT) == [COMMITTED, COMMITTED]
    assert shelf.levels["MUG"] == Level(5, 2)
    assert shelf.ledger[2:] == [("commit", "MUG", 0, 0), ("commit", "TEA", 0, 0)]


def test_what_is_committed_can_be_released(shelf):
    shelf.obey(RESERVE, COMMIT)

    assert shelf.obey(RELEASE) == [RELEASED]
    assert shelf.levels["MUG"] == Level(5, 0)


@pytest.mark.parametrize(
    "before", [[], [RELEASE], [RESERVE, RELEASE]], ids=["nothing", "a tombstone", "a release"]
)
def test_what_is_not_set_aside_cannot_be_committed(shelf, before):
    shelf.obey(*before)

    with pytest.raises(errors.ReservationCannotBeCommitted, match="reserve it anew"):
        shelf.obey(COMMIT)


def test_goods_released_in_a_batch_are_there_for_the_next_of_the_batch(shelf):
    shelf.obey(ReserveInventory(**IDS, lines=units(TEA=1)))
    other = ReserveInventory(order_id=uuid4(), reservation_id=uuid4(), lines=units(TEA=1))

    assert [type(told) for told in shelf.obey(RELEASE, other)] == [InventoryReleased, InventoryReserved]


def test_of_two_orders_in_one_batch_the_first_gets_the_last_unit(shelf):
    orders = [
        ReserveInventory(order_id=uuid4(), reservation_id=uuid4(), lines=units(TEA=1)),
        ReserveInventory(order_id=uuid4(), reservation_id=uuid4(), lines=units(TEA=1)),
    ]

    first, second = shelf.obey(*orders)

    assert isinstance(first, InventoryReserved)
    assert second.missing == (Missing(sku="TEA", wanted=1, available=0),)


def test_levels_are_read_once_for_a_whole_batch(shelf):
    shelf.obey(
        *[ReserveInventory(order_id=uuid4(), reservation_id=uuid4(), lines=units(MUG=1)) for _ in range(5)]
    )

    assert shelf.reads == 1


@pytest.mark.parametrize(
    "line",
    [
        SkuQuantity(sku="MUG", quantity=0),
        SkuQuantity(sku="MUG", quantity=-1),
        SkuQuantity(sku="MUG", quantity=2**31),
        SkuQuantity(sku=" ", quantity=1),
        SkuQuantity(sku="A\0", quantity=1),
        SkuQuantity(sku="A" * 65, quantity=1),
    ],
    ids=str,
)
def test_a_line_that_cannot_be_is_refused(shelf, line):
    with pytest.raises(errors.InvalidStockLine):
        shelf.obey(ReserveInventory(**IDS, lines=(*units(MUG=1), line)))

    assert shelf.log == []


@pytest.mark.parametrize("kind", [ReleaseInventory, CommitReservation])
def test_nobody_else_can_touch_the_reservation_of_an_order(shelf, kind):
    shelf.obey(RESERVE)

    with pytest.raises(errors.ReservationOfAnotherOrder):
        shelf.obey(kind(order_id=uuid4(), reservation_id=RESERVATION))


def test_every_history_moves_goods_at_most_once_in_each_direction_and_answers_every_command():
    for history in product([RESERVE, RELEASE, COMMIT], repeat=6):
        shelf = Shelf(MUG=5, TEA=1)

        for command in history:
            try:
                (answer,) = shelf.obey(command)
            except errors.ReservationCannotBeCommitted:
                assert command is COMMIT, history
            else:
                assert (answer.order_id, answer.reservation_id) == (ORDER, RESERVATION), history

        moved = [kind for kind, sku, _, reserved in shelf.ledger if sku == "MUG" and reserved]
        assert moved in ([], ["reserve"], ["reserve", "release"]), history
        if RELEASE in history:
            assert shelf.levels["MUG"].reserved == 0, history
