"""What do the options mean? Each function returns it, or raises `OptionUnusable`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from config.importing.columns import ColumnMap, parse_map
from config.importing.errors import OptionUnusable
from orders.currencies import CURRENCIES
from orders.events import LineKind
from orders.lines import normalized


def columns(text: str) -> ColumnMap:
    return parse_map(text)


def currency(text: str) -> str:
    if text not in CURRENCIES:
        raise OptionUnusable(f"--currency: {text!r} is no currency code of ISO 4217. Write one such as GBP.")
    return text


def kinds(text: str) -> Mapping[str, LineKind]:
    """Kind by SKU, from `SKU,SKU=kind,…`."""
    found: dict[str, LineKind] = {}
    for part in next(csv.reader([text]), []):
        sku, _, kind = (piece.strip() for piece in part.partition("="))
        try:
            found[normalized(sku)] = LineKind(kind or LineKind.FEE)
        except ValueError:
            known = ", ".join(LineKind)
            raise OptionUnusable(
                f"--non-stock-skus: {part!r} names no kind of line. The kinds are {known}."
            ) from None
    return found


def share(name: str, text: str, *, most: int) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= most:
        raise OptionUnusable(f"{name}: {text!r} is no number from 0 to {most}. Write it like 0.9.")
    return value


def delimiter(text: str) -> str:
    separator = "\t" if text in {"\\t", "tab"} else text
    if len(separator) != 1 or separator in '"\r\n\0':
        raise OptionUnusable(f"--delimiter: {text!r} is not one character. Write ';' or tab, for example.")
    return separator


def timezone(text: str) -> tzinfo:
    if text == "UTC":
        return UTC
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise OptionUnusable(
            f"--timezone: there is no {text!r}. Write it like Europe/London, or UTC."
        ) from None
