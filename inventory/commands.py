"""What can the stock be asked? SKUs are case-insensitive; lines of one SKU are added up."""

from __future__ import annotations

from uuid import UUID

from events import Command, command
from inventory.events import SkuQuantity

__all__ = [
    "AdjustStock",
    "CommitReservation",
    "ReceiveStock",
    "ReleaseInventory",
    "ReserveInventory",
    "SkuQuantity",
]


@command("inventory.reserve_inventory")
class ReserveInventory(Command):
    """Set all of it aside for the order, or nothing. Whoever asks chooses the id of the reservation."""

    order_id: UUID
    reservation_id: UUID
    lines: tuple[SkuQuantity, ...]


@command("inventory.release_inventory")
class ReleaseInventory(Command):
    """Undo the reservation, or see to it that it will never be: it may be asked for before the reservation itself."""

    order_id: UUID
    reservation_id: UUID


@command("inventory.commit_reservation")
class CommitReservation(Command):
    """Declare that what is set aside is sold."""

    order_id: UUID
    reservation_id: UUID


@command("inventory.receive_stock")
class ReceiveStock(Command):
    """Take goods in; a SKU that was never in stock is opened."""

    receipt_id: UUID
    lines: tuple[SkuQuantity, ...]


@command("inventory.adjust_stock")
class AdjustStock(Command):
    """Correct what is on hand by these quantities, which may be negative, for a `reason`."""

    adjustment_id: UUID
    lines: tuple[SkuQuantity, ...]
    reason: str
    note: str = ""
