"""What does one value of a row mean? Each function returns it, or raises `Trouble`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from orders.lines import LONGEST_CODE, LONGEST_NAME, MOST_UNITS, is_code, is_storable

_WHOLE = re.compile(r"([+-]?[0-9]{1,60})(\.0{1,10})?")
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])[0-9]{0,60}(\.[0-9]{0,60})?")
_ABOVE_ANY_PRICE = Decimal(10) ** 12
_MOST_DECIMALS = 4


class Trouble(Exception):
    """Why a row cannot be used: a stable `reason`, and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def code(text: str, what: str) -> str:
    """An order number, a SKU or a customer: short and printable."""
    if not text:
        raise Trouble(f"{what}_missing", f"the {what} is empty")
    if not is_code(text):
        raise Trouble(f"{what}_unusable", f"{_shown(text)} has not 1 to {LONGEST_CODE} printable characters")
    return text


def words(text: str, what: str) -> str:
    """A name or a country; may be empty."""
    if not is_storable(text):
        raise Trouble(f"{what}_unusable", f"{_shown(text)} has more than {LONGEST_NAME} characters, or a NUL")
    return text


def quantity(text: str) -> int:
    """A whole number that can be ordered or given back; 6.0 is one, as spreadsheets write it."""
    if not text:
        raise Trouble("quantity_missing", "the quantity is empty")
    found = _WHOLE.fullmatch(text)
    if not found:
        raise Trouble("quantity_not_a_number", f"{_shown(text)} is no whole number")
    number = int(found[1])
    if abs(number) > MOST_UNITS:
        raise Trouble("quantity_out_of_range", f"{_shown(text)} is more than {MOST_UNITS}")
    return number


def price(text: str) -> Decimal:
    """An exact decimal; more than four places only where they are zeros."""
    if not text:
        raise Trouble("price_missing", "the price is empty")
    if not _DECIMAL.fullmatch(text):
        raise Trouble("price_not_a_number", f"{_shown(text)} is no plain decimal such as 2.55")
    number = Decimal(text)
    if abs(number) >= _ABOVE_ANY_PRICE:
        raise Trouble("price_out_of_range", f"{_shown(text)} has more than twelve digits")
    places = text.partition(".")[2]
    if len(places.rstrip("0")) > _MOST_DECIMALS:
        raise Trouble("price_too_precise", f"{_shown(text)} has more than four decimals")
    # Adding nothing makes 0 of -0.
    return (number if len(places) <= _MOST_DECIMALS else number.quantize(Decimal("0.0001"))) + 0


def moment(text: str, *, form: str | None, timezone: tzinfo) -> datetime:
    """Aware UTC; a text without an offset is taken as of `timezone`."""
    if not text:
        raise Trouble("placed_at_missing", "the time of the order is empty")
    try:
        stated = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 (see below)
        return (stated if stated.tzinfo else stated.replace(tzinfo=timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        expected = f"in the form {form!r}" if form else "such as 2010-12-01 08:26:00 (or give --date-format)"
        raise Trouble("placed_at_unusable", f"{_shown(text)} is no time {expected}") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")
