"""What can be asked about orders and the catalogue?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from events.ids import new_id
from events.log import Log, database_clock
from events.models import Message
from events.money import exponent
from events.unit import UnitOfWork
from orders.commands import RequestedLine
from orders.domain import Order
from orders.errors import CurrenciesMixed, NotForSale
from orders.events import LineKind
from orders.lines import normalized
from orders.models import CatalogueItem, OrderRow
from orders.numbers import next_number

__all__ = ["Priced", "Wanted", "catalogue", "moments", "next_number", "order", "orders", "priced", "timeline"]


class Wanted(NamedTuple):
    """What a customer may say of a line: prices come from us."""

    sku: str
    quantity: int


class Priced(NamedTuple):
    """Lines at the catalogue's prices, ready to be placed."""

    currency: str
    lines: tuple[RequestedLine, ...]


def order(order_id: UUID) -> Order | None:
    """The order as its events say; None where nothing ever happened to it."""
    found = UnitOfWork(Log(), clock=database_clock).aggregate(Order, order_id)
    return found if found.exists else None


def orders() -> QuerySet[OrderRow]:
    """The orders for lists, the newest first; those that never said when they were placed come last."""
    return OrderRow.objects.order_by("-placed_at", "id")


def timeline(order_id: UUID) -> QuerySet[Message]:
    """All that was said in the order's workflow, by all contexts, with `deliveries.all()` fetched along.

    As it is stored: versions are not lifted, so what this code does not know is shown all the same.
    """
    return Message.objects.filter(correlation_id=order_id).order_by("position").prefetch_related("deliveries")


def moments(order_id: UUID) -> dict[str, datetime]:
    """When each kind of event happened to the order for the first time, by stored name, on the database's clock."""
    events = Message.objects.filter(stream=Order.stream_of(order_id), stream_version__isnull=False)
    told = events.order_by("-stream_version").values_list("name", "occurred_at")
    return dict(told)


def catalogue() -> QuerySet[CatalogueItem]:
    """What can be ordered now: a reduction cannot, we grant it."""
    return CatalogueItem.objects.filter(active=True, unit_price__gte=0).order_by("sku")


def priced(wanted: Sequence[Wanted]) -> Priced:
    """The lines at today's prices, each with an id of its own. Raises `NotForSale`, `CurrenciesMixed`."""
    skus = [normalized(line.sku) for line in wanted]
    items = {item.sku: item for item in catalogue().filter(sku__in=skus)}
    _must_be_for_sale(skus, items)
    currencies = _one_currency(items.values())
    lines = tuple(_line(items[sku], line.quantity) for sku, line in zip(skus, wanted, strict=True))
    return Priced(currency=currencies, lines=lines)


def _must_be_for_sale(skus: Iterable[str], items: dict[str, CatalogueItem]) -> None:
    unknown = sorted(set(skus) - items.keys())
    if unknown:
        raise NotForSale(
            f"not for sale: {', '.join(unknown)}; look the SKUs up in the catalogue and order without them",
            skus=unknown,
        )


def _one_currency(items: Iterable[CatalogueItem]) -> str:
    by_currency: dict[str, list[str]] = {}
    for item in items:
        by_currency.setdefault(item.currency, []).append(item.sku)
    if len(by_currency) > 1:
        told = "; ".join(f"{currency}: {', '.join(skus)}" for currency, skus in sorted(by_currency.items()))
        raise CurrenciesMixed(
            f"one order has one currency, these are priced in several ({told}): place an order for each",
            skus=sorted(sku for skus in by_currency.values() for sku in skus),
        )
    return next(iter(by_currency), "")


def _line(item: CatalogueItem, quantity: int) -> RequestedLine:
    return RequestedLine(
        line_id=new_id(),
        kind=LineKind(item.kind),
        sku=item.sku,
        name=item.name,
        quantity=quantity,
        unit_price=price_text(item.unit_price, item.currency),
    )


def price_text(price: Decimal, currency: str) -> str:
    """With as many decimals as it needs, and no fewer than the currency has."""
    needed = -int(price.normalize().as_tuple().exponent)
    return f"{price:.{max(needed, exponent(currency))}f}"
