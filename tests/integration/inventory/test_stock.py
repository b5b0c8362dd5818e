"""Stock on PostgreSQL: levels and ledger are written with the log or not at all."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from events.execution import execute, unit_of_work
from events.models import Message
from inventory import queries
from inventory.commands import (
    AdjustStock,
    CommitReservation,
    ReceiveStock,
    ReleaseInventory,
    ReserveInventory,
)
from inventory.domain import Level, Status
from inventory.errors import StockWouldGoBelowReserved
from inventory.models import LedgerEntry, Stock
from tests.integration.inventory.conftest import receive
from tests.support.carrying import carried, sent
from tests.support.shop import units

ORDER, RESERVATION = uuid4(), uuid4()
IDS = {"order_id": ORDER, "reservation_id": RESERVATION}


def balances(sku: str) -> list[tuple[str, int, int]]:
    return list(queries.ledger(sku).values_list("kind", "on_hand_after", "reserved_after"))


def test_a_reservation_is_told_in_order_through_the_ledger_of_its_sku():
    receive(MUG=10)
    execute(ReserveInventory(**IDS, lines=units(MUG=3)))
    execute(CommitReservation(**IDS))
    execute(ReleaseInventory(**IDS))
    execute(AdjustStock(adjustment_id=uuid4(), lines=units(MUG=-4), reason="loss"))

    assert balances("mug") == [
        ("receipt", 10, 0),
        ("reserve", 10, 3),
        ("commit", 10, 3),
        ("release", 10, 0),
        ("adjust", 6, 0),
    ]
    assert queries.level("mug") == Level(6, 0)
    assert queries.stock().get().available == 6


def test_an_entry_names_its_message_and_its_reservation():
    receive(MUG=10)
    (cause,) = execute(ReserveInventory(**IDS, lines=units(MUG=3)))

    entry = queries.ledger("MUG").get(kind="reserve")

    assert (entry.cause, entry.reservation_id, entry.reserved) == (cause, RESERVATION, 3)


def test_one_batch_moves_a_sku_many_times_and_notes_each_balance():
    receive(MUG=10)
    other = {"order_id": ORDER, "reservation_id": uuid4()}

    with unit_of_work():
        execute(ReserveInventory(**IDS, lines=units(MUG=7)))
        execute(ReleaseInventory(**IDS))
        execute(ReserveInventory(**other, lines=units(MUG=9)))
        execute(ReceiveStock(receipt_id=uuid4(), lines=units(MUG=1, TEA=2)))
        execute(AdjustStock(adjustment_id=uuid4(), lines=units(TEA=-1), reason="broken"))

    assert balances("MUG") == [
        ("receipt", 10, 0),
        ("reserve", 10, 7),
        ("release", 10, 0),
        ("reserve", 10, 9),
        ("receipt", 11, 9),
    ]
    assert balances("TEA") == [("receipt", 2, 0), ("adjust", 1, 0)]


def test_an_order_of_many_lines_moves_them_all_in_one_statement(django_assert_max_num_queries):
    skus = {f"SKU{number:04}": 2 for number in range(1_200)}
    receive(**skus)

    with django_assert_max_num_queries(5):
        execute(ReserveInventory(**IDS, lines=units(**skus)))

    assert Stock.objects.aggregate(Sum("reserved"))["reserved__sum"] == 2_400


def test_a_shortage_leaves_level_and_ledger_alone():
    receive(MUG=10)

    execute(ReserveInventory(**IDS, lines=units(MUG=11)))

    assert queries.level("MUG") == Level(10, 0)
    reservation = queries.reservation(RESERVATION)
    assert reservation is not None
    assert reservation.status is Status.REJECTED
    assert balances("MUG") == [("receipt", 10, 0)]


def test_a_refused_adjustment_leaves_no_trace():
    receive(MUG=1)
    told = Message.objects.count()

    with pytest.raises(StockWouldGoBelowReserved):
        execute(AdjustStock(adjustment_id=uuid4(), lines=units(MUG=-2), reason="loss"))

    assert Message.objects.count() == told


def test_what_is_delivered_moves_stock_as_what_is_executed():
    receive(MUG=1)
    sent(ReserveInventory(**IDS, lines=units(MUG=1)))

    carried()

    assert queries.level("MUG") == Level(1, 1)


def test_nothing_is_there_of_what_never_came():
    assert queries.level("GHOST") is None
    assert queries.reservation(uuid4()) is None
    assert list(queries.ledger("GHOST")) == []


@pytest.mark.parametrize("levels", ["on_hand = 2", "reserved = -1", "on_hand = -1, reserved = -1"])
def test_the_database_refuses_what_would_oversell(levels):
    receive(MUG=5)
    execute(ReserveInventory(**IDS, lines=units(MUG=3)))

    with pytest.raises(IntegrityError, match="oversold"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_stock SET {levels}")


def test_the_ledger_can_only_be_added_to():
    receive(MUG=5)

    for change in (lambda: LedgerEntry.objects.update(on_hand=6), lambda: LedgerEntry.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
