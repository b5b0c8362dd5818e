"""How many of what? Lines as they are kept: one for each SKU, SKUs in upper case and in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from inventory.errors import InvalidStockLine
from inventory.events import SkuQuantity

Lines = tuple[SkuQuantity, ...]

LONGEST_SKU = 64
MOST_UNITS = 2**31 - 1


def normalized(sku: str) -> str:
    """The SKU as it is kept: they are case-insensitive."""
    return sku.strip().upper()


def summed(lines: Iterable[SkuQuantity]) -> Lines:
    """One line for each SKU, in SKU order: the order in which stock is locked."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[normalized(line.sku)] += line.quantity
    return tuple(SkuQuantity(sku=sku, quantity=quantities[sku]) for sku in sorted(quantities))


def positive(lines: Iterable[SkuQuantity]) -> Lines:
    """The lines summed, each of one unit or more. Raises `InvalidStockLine`."""
    lines = tuple(lines)
    for line in lines:
        _check_sku(line.sku)
        if not 1 <= line.quantity <= MOST_UNITS:
            raise InvalidStockLine(
                f"the quantity {line.quantity} of {line.sku} must lie between 1 and {MOST_UNITS}"
            )
    return summed(lines)


def signed(lines: Iterable[SkuQuantity]) -> Lines:
    """The lines summed, each with a quantity other than 0. Raises `InvalidStockLine`."""
    lines = tuple(lines)
    for line in lines:
        _check_sku(line.sku)
        if not 1 <= abs(line.quantity) <= MOST_UNITS:
            raise InvalidStockLine(
                f"the quantity {line.quantity} of {line.sku} must lie between -{MOST_UNITS} and {MOST_UNITS} and not be 0"
            )
    return tuple(line for line in summed(lines) if line.quantity)


def _check_sku(sku: str) -> None:
    sku = normalized(sku)
    if not 0 < len(sku) <= LONGEST_SKU or not sku.isprintable():
        raise InvalidStockLine(f"the SKU {sku!r} must have 1 to {LONGEST_SKU} printable characters")
