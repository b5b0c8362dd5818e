"""What is a line of an order, and what does it cost?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from events.money import Money, rounded, total
from orders.commands import RequestedLine
from orders.currencies import CURRENCIES
from orders.errors import (
    CurrencyUnknown,
    InvalidLine,
    InvalidSku,
    InvalidUnitPrice,
    LineKindUnknown,
    LineRepeated,
    NoLines,
    QuantityOutOfRange,
    TooManyLines,
    TotalOutOfRange,
)
from orders.events import LineKind, OrderLine

MOST_LINES = 2_000
MOST_UNITS = 2**31 - 1
# Exact in every reader of the log, also in those that know floats only.
MOST_MINOR_UNITS = 2**53 - 1
LONGEST_CODE = 64
LONGEST_NAME = 1_000

_PRICE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
# PostgreSQL stores no NUL, UTF-8 no half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_NEGATIVE = frozenset({LineKind.DISCOUNT, LineKind.VOUCHER})


def normalized(sku: str) -> str:
    """The SKU as it is kept: they are case-insensitive."""
    return sku.strip().upper()


def is_code(text: str) -> bool:
    """Whether it can be a SKU or a number: short, not empty, printable."""
    return 0 < len(text) <= LONGEST_CODE and text.isprintable()


def is_storable(text: str, *, longest: int = LONGEST_NAME) -> bool:
    return len(text) <= longest and not _UNSTORABLE.search(text)


def order_lines(requested: Sequence[RequestedLine], currency: str) -> tuple[OrderLine, ...]:
    """The lines with their amounts, each rounded half up once. Raises `InvalidOrder` and `InvalidLine`."""
    if currency not in CURRENCIES:
        raise CurrencyUnknown(f"{currency!r} is no currency code of ISO 4217: state one such as 'GBP'")
    if not requested:
        raise NoLines("an order needs at least one line: add what is ordered")
    if len(requested) > MOST_LINES:
        raise TooManyLines(
            f"{len(requested)} lines are too many for one order: split it, {MOST_LINES} are allowed"
        )
    if len({line.line_id for line in requested}) < len(requested):
        raise LineRepeated("two lines have the same line_id: give each its own", line=_repeated(requested))
    lines = tuple(_line(line, place, currency) for place, line in enumerate(requested))
    _check_units(lines)
    return lines


def order_total(lines: Sequence[OrderLine], currency: str) -> Money:
    """The sum of the lines, frozen when the order is placed. It may be 0, and not less."""
    amount = total((line.amount for line in lines), currency)
    if amount.amount_minor < 0:
        raise TotalOutOfRange(f"the order totals {amount}: discounts and vouchers may not exceed the rest")
    if any(
        abs(money.amount_minor) > MOST_MINOR_UNITS for money in (amount, *(line.amount for line in lines))
    ):
        raise TotalOutOfRange(
            f"the order totals {amount}: a line or the total is more than can be told exactly, split it"
        )
    return amount


def _check_units(lines: Sequence[OrderLine]) -> None:
    """What is reserved of a SKU is the sum of its lines, and must be a quantity too."""
    units: dict[str, int] = {}
    for place, line in enumerate(lines):
        if line.kind is not LineKind.PRODUCT:
            continue
        units[line.sku] = units.get(line.sku, 0) + line.quantity
        if units[line.sku] > MOST_UNITS:
            raise QuantityOutOfRange(
                _at(
                    place,
                    f"the lines of {line.sku} together are more than {MOST_UNITS} units: split the order",
                ),
                line=place,
            )


def _line(line: RequestedLine, place: int, currency: str) -> OrderLine:
    sku, kind = normalized(line.sku), _kind(line, place)
    if not is_code(sku):
        raise InvalidSku(
            _at(place, f"the SKU {line.sku!r} must have 1 to {LONGEST_CODE} printable characters"), line=place
        )
    if not is_storable(line.name):
        raise InvalidLine(
            _at(place, f"the name must have at most {LONGEST_NAME} characters and no NUL"), line=place
        )
    if not 1 <= line.quantity <= MOST_UNITS:
        raise QuantityOutOfRange(
            _at(place, f"the quantity {line.quantity} must lie between 1 and {MOST_UNITS}"), line=place
        )
    return OrderLine(
        line_id=line.line_id,
        kind=kind,
        sku=sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=rounded(_price(line, kind, place) * line.quantity, currency),
    )


def _kind(line: RequestedLine, place: int) -> LineKind:
    try:
        return LineKind(line.kind)
    except ValueError:
        known = ", ".join(LineKind)
        raise LineKindUnknown(
            _at(place, f"the kind {line.kind!r} must be one of {known}"), line=place
        ) from None


def _price(line: RequestedLine, kind: LineKind, place: int) -> Decimal:
    if not _PRICE.fullmatch(line.unit_price):
        raise InvalidUnitPrice(
            _at(
                place,
                f"the unit price {line.unit_price!r} must be a decimal such as '12.3456', of four decimals at most",
            ),
            line=place,
        )
    price = Decimal(line.unit_price)
    if price < 0 and kind not in _MAY_BE_NEGATIVE:
        raise InvalidUnitPrice(
            _at(
                place,
                f"the unit price {line.unit_price} of a {kind} must not be negative: use a discount line",
            ),
            line=place,
        )
    return price


def _repeated(requested: Sequence[RequestedLine]) -> int:
    ids = [line.line_id for line in requested]
    return next(place for place, id in enumerate(ids) if id in ids[:place])


def _at(place: int, trouble: str) -> str:
    return f"line {place + 1}: {trouble}"
