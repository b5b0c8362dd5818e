"""What do a reservation, a receipt and an adjustment decide?

They decide on the levels that they are shown and return the lines that move; moving them is the ledger's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from events import Aggregate, applies
from inventory.errors import (
    AdjustmentDiffers,
    InvalidStockLine,
    ReasonMissing,
    ReceiptDiffers,
    ReservationCannotBeCommitted,
    ReservationOfAnotherOrder,
    StockWouldGoBelowReserved,
)
from inventory.events import (
    InventoryCommitted,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    Missing,
    StockAdjusted,
    StockReceived,
)
from inventory.quantities import Lines, positive, signed

_LONGEST_REASON = 64
_LONGEST_NOTE = 1_000


class Level(NamedTuple):
    """What is there of a SKU, and how much of it is set aside for orders."""

    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


Levels = Mapping[str, Level]
NOTHING = Level()


class Status(StrEnum):
    """A reservation's life. NEW: not asked for yet."""

    NEW = "new"
    RESERVED = "reserved"
    COMMITTED = "committed"
    REJECTED = "rejected"
    RELEASED = "released"


class Reservation(Aggregate):
    """Goods set aside for one order: all that it wants, or nothing.

    Every command is answered, also one that repeats or comes late: whoever asked may have missed the first answer. Goods
    move at most once in each direction.
    """

    category = "inventory.reservation"
    id_field = "reservation_id"

    status = Status.NEW
    order_id: UUID | None = None
    lines: Lines = ()
    missing: tuple[Missing, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether goods are set aside for it now."""
        return self.status in {Status.RESERVED, Status.COMMITTED}

    def reserve(self, order_id: UUID, wanted: Lines, levels: Levels) -> Lines:
        """Returns what is to be set aside. A reservation that was released, even before it was made, is never made."""
        self._must_belong_to(order_id)
        if self.status is Status.NEW:
            missing = tuple(_missing(wanted, levels))
            if not missing:
                self.record(InventoryReserved(order_id=order_id, reservation_id=self.id, lines=wanted))
                return wanted
            self.record(
                InventoryReservationFailed(order_id=order_id, reservation_id=self.id, missing=missing)
            )
        elif self.is_live:
            self.record(InventoryReserved(order_id=order_id, reservation_id=self.id, lines=self.lines))
        else:
            self.record(
                InventoryReservationFailed(order_id=order_id, reservation_id=self.id, missing=self.missing)
            )
        return ()

    def release(self, order_id: UUID) -> Lines:
        """Returns what goes back. Releasing what was never reserved is remembered, so that it never will be."""
        self._must_belong_to(order_id)
        undone = self.lines if self.is_live else ()
        self.record(InventoryReleased(order_id=order_id, reservation_id=self.id, lines=undone))
        return undone

    def commit(self, order_id: UUID) -> Lines:
        """Returns what becomes committed by this: nothing where it was before."""
        self._must_belong_to(order_id)
        if not self.is_live:
            raise ReservationCannotBeCommitted(
                f"reservation {self.id} is {self.status}: only what is set aside can be committed, reserve it anew"
            )
        committed = self.lines if self.status is Status.RESERVED else ()
        self.record(InventoryCommitted(order_id=order_id, reservation_id=self.id, lines=self.lines))
        return committed

    def _must_belong_to(self, order_id: UUID) -> None:
        if self.order_id not in {None, order_id}:
            raise ReservationOfAnotherOrder(
                f"reservation {self.id} belongs to order {self.order_id}, not to {order_id}: choose another id"
            )

    @applies(InventoryReserved)
    def _reserved(self, event: InventoryReserved) -> None:
        self.order_id, self.lines = event.order_id, event.lines
        # Told again of what is committed meanwhile, it changes nothing.
        self.status = Status.COMMITTED if self.status is Status.COMMITTED else Status.RESERVED

    @applies(InventoryReservationFailed)
    def _rejected(self, event: InventoryReservationFailed) -> None:
        self.order_id, self.missing = event.order_id, event.missing
        self.status = Status.RELEASED if self.status is Status.RELEASED else Status.REJECTED

    @applies(InventoryReleased)
    def _released(self, event: InventoryReleased) -> None:
        self.order_id, self.lines = event.order_id, ()
        self.status = Status.RELEASED

    @applies(InventoryCommitted)
    def _committed(self, event: InventoryCommitted) -> None:
        self.status = Status.COMMITTED


class StockReceipt(Aggregate):
    """Goods that came in, once."""

    category = "inventory.receipt"
    id_field = "receipt_id"

    lines: Lines = ()

    def receive(self, lines: Lines) -> Lines:
        """Returns what comes in; nothing where this receipt has come in before."""
        received = StockReceived(receipt_id=self.id, lines=positive(lines))
        if not received.lines:
            raise InvalidStockLine(f"receipt {self.id} has no lines: say what came in")
        if not self.exists:
            self.record(received)
            return received.lines
        if received.lines != self.lines:
            raise ReceiptDiffers(
                f"receipt {self.id} came in before with other goods: give a new receipt a new id"
            )
        return ()

    @applies(StockReceived)
    def _received(self, event: StockReceived) -> None:
        self.lines = event.lines


class StockAdjustment(Aggregate):
    """A correction of what is on hand, once."""

    category = "inventory.adjustment"
    id_field = "adjustment_id"

    adjusted: StockAdjusted | None = None

    def adjust(self, lines: Lines, levels: Levels, *, reason: str, note: str) -> Lines:
        """Returns the corrections; none where this adjustment was made before. What is set aside stays on hand."""
        adjusted = StockAdjusted(adjustment_id=self.id, lines=signed(lines), reason=reason, note=note)
        _check_reason(adjusted)
        if self.adjusted is None:
            _check_levels(adjusted.lines, levels)
            self.record(adjusted)
            return adjusted.lines
        if adjusted != self.adjusted:
            raise AdjustmentDiffers(
                f"adjustment {self.id} was made before, another one: give a new one a new id"
            )
        return ()

    @applies(StockAdjusted)
    def _adjusted(self, event: StockAdjusted) -> None:
        self.adjusted = event


def _missing(wanted: Lines, levels: Levels) -> list[Missing]:
    lacking = [(line, levels.get(line.sku, NOTHING).available) for line in wanted]
    return [
        Missing(sku=line.sku, wanted=line.quantity, available=available)
        for line, available in lacking
        if line.quantity > available
    ]


def _check_reason(adjusted: StockAdjusted) -> None:
    if not adjusted.lines:
        raise InvalidStockLine(
            f"adjustment {adjusted.adjustment_id} changes nothing: state a quantity other than 0"
        )
    if not 0 < len(adjusted.reason.strip()) <= _LONGEST_REASON or not adjusted.reason.isprintable():
        raise ReasonMissing(f"say why in 1 to {_LONGEST_REASON} characters, and more in the note")
    if len(adjusted.note) > _LONGEST_NOTE or "\0" in adjusted.note:
        raise ReasonMissing(f"the note may have {_LONGEST_NOTE} characters and no NUL")


def _check_levels(lines: Lines, levels: Levels) -> None:
    short = {
        line.sku: level
        for line in lines
        if (level := levels.get(line.sku, NOTHING)).on_hand + line.quantity < level.reserved
    }
    if short:
        told = ", ".join(
            f"{sku} ({level.on_hand} on hand, {level.reserved} reserved)" for sku, level in short.items()
        )
        raise StockWouldGoBelowReserved(
            f"too much would be taken of {told}: adjust by less, or cancel orders first", skus=tuple(short)
        )
