"""What can be asked about the stock?"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, QuerySet

from events.log import Log, database_clock
from events.unit import UnitOfWork
from inventory.domain import Level, Reservation
from inventory.models import LedgerEntry, Stock
from inventory.quantities import normalized


def stock() -> QuerySet[Stock]:
    """All levels by SKU; `free`, what is available, can be filtered and sorted by."""
    return Stock.objects.alias(free=F("on_hand") - F("reserved")).order_by("sku")


def level(sku: str) -> Level | None:
    """The level of one SKU, whatever its case; None where it was never in stock."""
    row = Stock.objects.filter(sku=normalized(sku)).first()
    return Level(row.on_hand, row.reserved) if row else None


def ledger(sku: str) -> QuerySet[LedgerEntry]:
    """Every movement of one SKU, the first one first, with the balances after each."""
    return LedgerEntry.objects.filter(sku=normalized(sku)).order_by("id")


def reservation(reservation_id: UUID) -> Reservation | None:
    """The reservation as its events say; None where nobody ever asked for it."""
    found = UnitOfWork(Log(), clock=database_clock).aggregate(Reservation, reservation_id)
    return found if found.exists else None
