"""What does the stock tell?"""

from __future__ import annotations

from uuid import UUID

import msgspec

from events import DomainEvent, event


class SkuQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of one SKU."""

    sku: str
    quantity: int


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What a reservation lacked of one SKU."""

    sku: str
    wanted: int
    available: int


@event("inventory.inventory_reserved")
class InventoryReserved(DomainEvent):
    """The goods are set aside for the order; nobody else can have them. Told again where it is asked again."""

    order_id: UUID
    reservation_id: UUID
    lines: tuple[SkuQuantity, ...]


@event("inventory.inventory_reservation_failed")
class InventoryReservationFailed(DomainEvent):
    """Nothing was set aside: `missing` says what lacked. It is empty where the reservation had been released before."""

    order_id: UUID
    reservation_id: UUID
    missing: tuple[Missing, ...]


@event("inventory.inventory_released")
class InventoryReleased(DomainEvent):
    """The reservation is over: `lines` went back, none where nothing was set aside or it had gone back before."""

    order_id: UUID
    reservation_id: UUID
    lines: tuple[SkuQuantity, ...]


@event("inventory.inventory_committed")
class InventoryCommitted(DomainEvent):
    """The goods are sold: they stay set aside until they leave."""

    order_id: UUID
    reservation_id: UUID
    lines: tuple[SkuQuantity, ...]


@event("inventory.stock_received")
class StockReceived(DomainEvent):
    """Goods came in."""

    receipt_id: UUID
    lines: tuple[SkuQuantity, ...]


@event("inventory.stock_adjusted")
class StockAdjusted(DomainEvent):
    """A count, a loss or a find corrected what is on hand; quantities may be negative."""

    adjustment_id: UUID
    lines: tuple[SkuQuantity, ...]
    reason: str
    note: str
