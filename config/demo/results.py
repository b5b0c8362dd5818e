"""How is it shown what the demo has done?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median

from rich.console import Console
from rich.table import Table

from config.demo.measures import Speed, Standing, Totals
from config.demo.people import Login
from events.money import exponent


def show_results(console: Console, totals: Totals, speed: Speed, standing: Standing, *, peak: int) -> None:
    table = Table("", "", title="What became of the orders", show_header=False)
    table.columns[1].justify = "right"
    table.add_row("orders", f"{totals.orders:,}")
    table.add_row("approved", f"{totals.approved:,}")
    for reason, orders in sorted(totals.cancelled.items(), key=lambda one: -one[1]):
        table.add_row(f"cancelled: {reason}", f"{orders:,}")
    if unfinished := standing.expected - standing.ended:
        table.add_row("[bold red]sagas that have not ended[/bold red]", f"{unfinished:,}")
    for currency, minor in sorted(totals.captured.items()):
        table.add_row("money captured", f"{Decimal(minor).scaleb(-exponent(currency)):,} {currency}")
    table.add_row("units reserved", f"{totals.units_reserved:,}")
    table.add_section()
    table.add_row("orders/s, until three of four had ended", _number(speed.per_second, "{:,.0f}"))
    table.add_row("from confirmation to the end, p50", _number(speed.p50, "{:,.3f} s"))
    table.add_row("from confirmation to the end, p95", _number(speed.p95, "{:,.3f} s"))
    table.add_row("most memory of a worker process", _number(peak / 2**20 if peak else None, "{:,.0f} MiB"))
    table.add_row("dead letters", f"{standing.dead_letters:,}")
    console.print(table)


def show_timeline(console: Console, timelines: Sequence[Mapping[str, float]]) -> None:
    """The median of each step, of those orders that reached it."""
    table = Table(f"one order at a time (median of {len(timelines)})", "ms after confirming")
    table.columns[1].justify = "right"
    steps = dict.fromkeys(step for timeline in timelines for step in timeline)
    medians = {step: median(one[step] for one in timelines if step in one) for step in steps}
    for step, after in sorted(medians.items(), key=lambda one: one[1]):
        table.add_row(step, f"{after:,.1f}")
    console.print(table)


def show_addresses(console: Console, url: str, operator: Login, customer: Login) -> None:
    lines = (
        f"Admin:    {url}/admin/      {operator.name} / {operator.password}",
        f"API docs: {url}/api/docs/   {customer.name} / {customer.password}",
    )
    console.print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
