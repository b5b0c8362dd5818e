"""Does the sum of what became of the rows equal the file?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from config.importing.rows import Row
from config.importing.staging import fetched
from events.money import exponent

# What was refused is told by the staged rows, what is there by the log: two sources, and the file itself a third.
_REFUSED = """
SELECT reason, count(*), sum(lines), sum(units), sum(amount), min(line)
  FROM import_order WHERE reason IS NOT NULL GROUP BY reason
 UNION ALL
SELECT reason, 0, count(*), COALESCE(sum(quantity), 0), COALESCE(sum(amount), 0), min(line)
  FROM import_line WHERE number IS NULL GROUP BY reason
"""
_THERE = """
SELECT o.state = 'new', count(*), sum(jsonb_array_length(m.payload -> 'lines')),
       sum((SELECT sum((told ->> 'quantity')::numeric) FROM jsonb_array_elements(m.payload -> 'lines') told)),
       sum((m.payload #>> '{total,amount_minor}')::numeric)
  FROM import_order o JOIN events_message m ON m.stream = 'orders.order-' || o.order_id AND m.stream_version = 1
 WHERE o.reason IS NULL GROUP BY 1
"""
_ORDERS = "SELECT count(DISTINCT number) FROM import_line"
_CONFIRMED = """
SELECT count(*) FROM import_order o JOIN events_message m ON m.stream = 'orders.order-' || o.order_id
 WHERE m.name = 'orders.order_confirmed' AND m.stream_version IS NOT NULL
"""


@dataclass(kw_only=True)
class Figures:
    """How many orders, lines and units, and how much money. Lines and units that could not be read count as 0."""

    orders: int = 0
    lines: int = 0
    units: int = 0
    amount_minor: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            orders=self.orders + other.orders,
            lines=self.lines + other.lines,
            units=self.units + other.units,
            amount_minor=self.amount_minor + other.amount_minor,
        )

    def money(self, currency: str) -> Decimal:
        return Decimal(self.amount_minor).scaleb(-exponent(currency))

    def plain(self, currency: str) -> dict[str, Any]:
        money = {"amount_minor": self.amount_minor, "currency": currency}
        return {"orders": self.orders, "lines": self.lines, "units": self.units, "money": money}


@dataclass(kw_only=True)
class Totals:
    """What the file holds, and what became of it; `first_line` says where each reason is met first."""

    currency: str
    file: Figures = field(default_factory=Figures)
    imported: Figures = field(default_factory=Figures)
    already_there: Figures = field(default_factory=Figures)
    refused: dict[str, Figures] = field(default_factory=dict)
    first_line: dict[str, int] = field(default_factory=dict)
    confirmed: int = 0
    units_received: int = 0

    def counting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they pass by, added up for the file."""
        for row in rows:
            self.file.lines += 1
            self.file.units += row.quantity or 0
            self.file.amount_minor += row.amount or 0
            yield row

    def conclude(self) -> None:
        """Take over what became of the staged rows."""
        ((self.file.orders,),) = fetched(_ORDERS)
        ((self.confirmed,),) = fetched(_CONFIRMED)
        for is_new, *figures in fetched(_THERE):
            if is_new:
                self.imported = _figures(figures)
            else:
                self.already_there = _figures(figures)
        for reason, *figures, first in fetched(_REFUSED):
            self.refused[reason] = self.refused.get(reason, Figures()) + _figures(figures)
            self.first_line[reason] = min(first, self.first_line.get(reason, first))

    @property
    def accounted(self) -> Figures:
        return sum(self.refused.values(), self.imported + self.already_there)

    @property
    def is_balanced(self) -> bool:
        return self.file == self.accounted

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "file": self.file.plain(self.currency),
            "imported": self.imported.plain(self.currency),
            "already_there": self.already_there.plain(self.currency),
            "refused": {reason: one.plain(self.currency) for reason, one in sorted(self.refused.items())},
            "confirmed": self.confirmed,
            "units_received": self.units_received,
            "balanced": self.is_balanced,
        }


def _figures(row: Iterable[Any]) -> Figures:
    orders, lines, units, amount = (int(value) for value in row)
    return Figures(orders=orders, lines=lines, units=units, amount_minor=amount)
