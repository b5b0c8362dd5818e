"""How are the totals shown?"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from config.importing.totals import Figures, Totals


def show(console: Console, totals: Totals, report: Path) -> None:
    """The file, what was imported, and what was refused for which reason; then where to read more."""
    table = Table("", "orders", "lines", "units", totals.currency, "first lines")
    table.columns[0].no_wrap = True
    for column in table.columns[1:5]:
        column.justify = "right"
    _add(table, "in the file", totals.file, totals, section=True)
    _add(table, "imported", totals.imported, totals)
    _add(table, "there already", totals.already_there, totals)
    for reason, figures in sorted(totals.refused.items()):
        _add(table, f"refused: {reason}", figures, totals, first=totals.lines_of[reason])
    table.add_section()
    _add(table, "together", totals.accounted, totals)
    console.print(table)
    told = [f"{totals.confirmed:,} orders of the file are confirmed."]
    if totals.units_received:
        told.append(f"Stock was received for them: {totals.units_received:,} units.")
    if totals.refused:
        told.append(f"Every refused row with its reason: {report}")
    console.print("\n".join(told), highlight=False, soft_wrap=True)


def _add(
    table: Table,
    what: str,
    figures: Figures,
    totals: Totals,
    *,
    first: list[int] | None = None,
    section: bool = False,
) -> None:
    table.add_row(
        what,
        f"{figures.orders:,}",
        f"{figures.lines:,}",
        f"{figures.units:,}",
        f"{figures.money(totals.currency):,}",
        ", ".join(str(line) for line in first or ()),
        end_section=section,
    )
