"""What does one row say, and what is wrong with it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid5

from config.importing import values
from config.importing.values import Trouble
from events.money import rounded
from orders.events import LineKind
from orders.lines import normalized

# Of the ids of all that is imported: the same order of the same export gets the same id in every run.
NAMESPACE = UUID("a1f4c0d7-5a0c-5d0e-9d7d-6f1b1f6f0c55")

_MAY_BE_NEGATIVE = frozenset({LineKind.DISCOUNT, LineKind.VOUCHER})
T = TypeVar("T")


class Row(NamedTuple):
    """A row as it is staged. What could not be read is None; `reason` is None where nothing is wrong."""

    line: int
    number: str | None
    order_id: UUID | None
    kind: str
    sku: str | None
    name: str | None
    quantity: int | None
    unit_price: Decimal | None
    amount: int | None
    customer: str | None
    placed_at: datetime | None
    country: str | None
    reason: str | None
    detail: str | None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How the rows of one file are to be understood."""

    columns: Mapping[str, int]
    width: int
    currency: str
    kinds: Mapping[str, LineKind] = field(default_factory=dict)
    credit_note_prefix: str = "C"
    date_format: str | None = None
    timezone: tzinfo = UTC


def order_id(number: str) -> UUID:
    """The id of the order with this number."""
    return uuid5(NAMESPACE, f"order/{number}")


def customer_id(customer: str) -> UUID:
    """The id of the customer whom the shop calls so."""
    return uuid5(NAMESPACE, f"customer/{customer}")


def read_row(rules: Rules, line: int, cells: Sequence[str]) -> Row:
    """Everything of the row that can be read, and the first thing that is wrong with it."""
    row = _Cells(rules, cells)
    number = row.read("order", lambda text: values.code(text, "order"))
    row.judge(lambda: _not_a_credit_note(number, rules))
    sku = row.read("sku", lambda text: values.code(normalized(text), "sku"))
    kind = rules.kinds.get(sku or "", LineKind.PRODUCT)
    quantity, price = row.read("quantity", values.quantity), row.read("price", values.price)
    row.judge(lambda: _can_be_sold(kind, quantity, price))
    placed_at = row.read(
        "placed_at", lambda text: values.moment(text, form=rules.date_format, timezone=rules.timezone)
    )
    return Row(
        line=line,
        number=number,
        order_id=order_id(number) if number else None,
        kind=kind.value,
        sku=sku,
        name=row.read("name", lambda text: values.words(text, "name")) or sku,
        quantity=quantity,
        unit_price=price,
        amount=_amount(quantity, price, rules.currency),
        customer=row.read("customer", lambda text: values.code(text, "customer") if text else None),
        placed_at=placed_at,
        country=row.read("country", lambda text: values.words(text, "country")),
        reason=row.trouble.reason if row.trouble else None,
        detail=row.trouble.detail if row.trouble else None,
    )


class _Cells:
    """The cells of one row, and the first trouble with them."""

    def __init__(self, rules: Rules, cells: Sequence[str]) -> None:
        self._columns = rules.columns
        self._cells = cells
        self._is_whole = len(cells) == rules.width
        self.trouble: Trouble | None = None
        self.judge(lambda: _has_width(len(cells), rules.width))

    def read(self, name: str, meaning: Callable[[str], T]) -> T | None:
        """None where the column is not mapped or its cell says nothing that can be used."""
        place = self._columns.get(name)
        # In a row with too many or too few cells nobody knows which is which; its order is looked for all the same.
        if place is None or place >= len(self._cells) or not (self._is_whole or name == "order"):
            return None
        try:
            return meaning(self._cells[place].strip())
        except Trouble as trouble:
            self.trouble = self.trouble or trouble
            return None

    def judge(self, judgement: Callable[[], None]) -> None:
        try:
            judgement()
        except Trouble as trouble:
            self.trouble = self.trouble or trouble


def _amount(quantity: int | None, price: Decimal | None, currency: str) -> int | None:
    return None if quantity is None or price is None else rounded(price * quantity, currency).amount_minor


def _has_width(cells: int, width: int) -> None:
    if cells != width:
        many = "many" if cells > width else "few"
        raise Trouble(f"too_{many}_fields", f"the row has {cells} fields, the header {width}")


def _not_a_credit_note(number: str | None, rules: Rules) -> None:
    prefix = rules.credit_note_prefix
    if number and prefix and number.startswith(prefix) and number[len(prefix) :].isdecimal():
        raise Trouble("credit_note", f"{number} is a credit note: it begins with {prefix!r}")


def _can_be_sold(kind: LineKind, quantity: int | None, price: Decimal | None) -> None:
    if quantity is not None and quantity <= 0:
        sign = "negative" if quantity else "zero"
        raise Trouble(f"quantity_{sign}", f"{quantity} units cannot be ordered")
    if price is not None and price < 0 and kind not in _MAY_BE_NEGATIVE:
        raise Trouble("price_negative", f"the price {price} of a {kind} is negative")
