"""How are the totals shown?"""

from __future__ import annotations

from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from config.importing.totals import Figures, Totals


def show(console: Console, totals: Totals, report: Path) -> None:
    """The file, what was imported, and what was refused for which reason; then where to read more."""
    # Narrow enough for 80 columns: a sum that is cut off is no sum.
    table = Table("", "orders", "lines", "units", totals.currency, "first line", box=SIMPLE)
    for column in table.columns[1:]:
        column.justify = "right"
    _add(table, "in the file", totals.file, totals.currency)
    table.add_section()
    _add(table, "imported", totals.imported, totals.currency)
    _add(table, "there already", totals.already_there, totals.currency)
    for reason, figures in sorted(totals.refused.items()):
        _add(table, f"✗ {reason}", figures, totals.currency, first=f"{totals.first_line[reason]:,}")
    table.add_section()
    _add(table, "together", totals.accounted, totals.currency)
    console.print(table)
    told = [f"{totals.confirmed:,} orders of the file are confirmed."]
    if totals.units_received:
        told.append(f"Stock was received for them: {totals.units_received:,} units.")
    if totals.refused:
        told.append(f"✗ Refused: {report} names every row and its reason.")
    console.print("\n".join(told), highlight=False, soft_wrap=True, markup=False)


def _add(table: Table, what: str, figures: Figures, currency: str, *, first: str = "") -> None:
    money = f"{figures.money(currency):,}"
    table.add_row(what, f"{figures.orders:,}", f"{figures.lines:,}", f"{figures.units:,}", money, first)
