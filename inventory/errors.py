"""What can the stock refuse?

Refusal
├── InvalidStockLine             no lines, a SKU or a quantity that cannot be
├── ReasonMissing                an adjustment that does not say why, or says too much
├── StockWouldGoBelowReserved    an adjustment takes what is promised to orders, or more than there is
├── ReceiptDiffers               the receipt's id was used before, for other goods
├── AdjustmentDiffers            the same of an adjustment
├── ReservationOfAnotherOrder    the reservation's id belongs to another order
└── ReservationCannotBeCommitted nothing is set aside under this id

A shortage is no refusal: it is told as `InventoryReservationFailed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from events import Refusal


class InvalidStockLine(Refusal):
    """There are no lines, or one has a SKU or a quantity that cannot be."""

    code = "invalid_stock_line"


class ReasonMissing(Refusal):
    """An adjustment says why in a few words."""

    code = "reason_missing"


class StockWouldGoBelowReserved(Refusal):
    """Less would be on hand than is set aside for orders; `skus` says of what."""

    code = "stock_would_go_below_reserved"

    def __init__(self, message: str, *, skus: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.skus = tuple(skus)


class ReceiptDiffers(Refusal):
    """These goods were received under an id that was used before for others."""

    code = "receipt_differs"


class AdjustmentDiffers(Refusal):
    """An adjustment under an id that was used before for another one."""

    code = "adjustment_differs"


class ReservationOfAnotherOrder(Refusal):
    """The reservation belongs to another order."""

    code = "reservation_of_another_order"


class ReservationCannotBeCommitted(Refusal):
    """What is not set aside cannot be sold."""

    code = "invalid_transition"

    def __init__(self, message: str, *, allowed: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)
