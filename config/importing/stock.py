"""How much stock comes in for the orders of a file?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from uuid import uuid5

import msgspec

from config.importing.rows import NAMESPACE
from events.execution import execute
from inventory.commands import ReceiveStock, SkuQuantity
from inventory.quantities import MOST_UNITS

_SKUS_AT_ONCE = 500


def receive(
    demand: Sequence[tuple[str, int]], *, cover: Decimal, digest: str, advance: Callable[[int], None]
) -> int:
    """Take in `cover` times the demand of each SKU, rounded up; returns how many units that is.

    The receipts of the same file and cover have the same ids in every run: what came in once does not come in again.
    """
    goods = list(_goods(demand, cover))
    for first in range(0, len(goods), _SKUS_AT_ONCE):
        lines = tuple(goods[first : first + _SKUS_AT_ONCE])
        content = msgspec.json.encode(lines).decode()
        execute(ReceiveStock(receipt_id=uuid5(NAMESPACE, f"receipt/{digest}/{first}/{content}"), lines=lines))
        advance(len(lines))
    return sum(line.quantity for line in goods)


def _goods(demand: Sequence[tuple[str, int]], cover: Decimal) -> Iterator[SkuQuantity]:
    for sku, wanted in demand:
        units = int((cover * wanted).to_integral_value(ROUND_CEILING))
        while units > 0:
            # One line holds no more; lines of one SKU are added up.
            yield SkuQuantity(sku=sku, quantity=min(units, MOST_UNITS))
            units -= MOST_UNITS
