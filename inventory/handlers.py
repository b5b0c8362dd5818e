"""How does the stock obey?"""

from __future__ import annotations

from collections.abc import Iterator

from events import handles, store
from events.registry import Need
from inventory import ledger
from inventory.commands import (
    AdjustStock,
    CommitReservation,
    ReceiveStock,
    ReleaseInventory,
    ReserveInventory,
)
from inventory.domain import Reservation, StockAdjustment, StockReceipt
from inventory.ledger import Kind, stock_levels
from inventory.quantities import normalized, positive


def _levels(command: ReserveInventory | ReceiveStock | AdjustStock) -> Iterator[Need]:
    for line in command.lines:
        yield stock_levels, normalized(line.sku)


@handles(ReserveInventory, on=Reservation, needs=_levels)
def reserve_inventory(command: ReserveInventory) -> None:
    wanted = positive(command.lines)
    with store.change(Reservation, command.reservation_id) as reservation:
        taken = reservation.reserve(command.order_id, wanted, ledger.levels(line.sku for line in wanted))
    ledger.move(Kind.RESERVE, taken, reserved=+1, reservation_id=command.reservation_id)


@handles(ReleaseInventory, on=Reservation)
def release_inventory(command: ReleaseInventory) -> None:
    with store.change(Reservation, command.reservation_id) as reservation:
        undone = reservation.release(command.order_id)
    ledger.move(Kind.RELEASE, undone, reserved=-1, reservation_id=command.reservation_id)


@handles(CommitReservation, on=Reservation)
def commit_reservation(command: CommitReservation) -> None:
    with store.change(Reservation, command.reservation_id) as reservation:
        committed = reservation.commit(command.order_id)
    ledger.move(Kind.COMMIT, committed, reservation_id=command.reservation_id)


@handles(ReceiveStock, on=StockReceipt, needs=_levels)
def receive_stock(command: ReceiveStock) -> None:
    with store.change(StockReceipt, command.receipt_id) as receipt:
        received = receipt.receive(command.lines)
    ledger.move(Kind.RECEIPT, received, on_hand=+1)


@handles(AdjustStock, on=StockAdjustment, needs=_levels)
def adjust_stock(command: AdjustStock) -> None:
    levels = ledger.levels(normalized(line.sku) for line in command.lines)
    with store.change(StockAdjustment, command.adjustment_id) as adjustment:
        adjusted = adjustment.adjust(command.lines, levels, reason=command.reason, note=command.note)
    ledger.move(Kind.ADJUST, adjusted, on_hand=+1)
