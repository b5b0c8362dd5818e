"""What is done with a file, step by step? Read all of it, then receive stock, then place and confirm, then account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal
from pathlib import Path

from django.db import connection
from rich.console import Console

from config.importing import staging, stock
from config.importing.columns import ColumnMap, locate
from config.importing.placing import Terms, place_all
from config.importing.progress import phase
from config.importing.reading import Export, opened
from config.importing.report import prepared, write_report
from config.importing.rows import Row, Rules, read_row
from config.importing.totals import Totals
from events.execution import actor
from orders.events import LineKind

_GROWN = "ANALYZE events_message, events_delivery, orders_order, orders_ordernumber, inventory_stock"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A file, and how it is to be understood."""

    path: Path
    columns: ColumnMap
    terms: Terms
    report: Path
    kinds: Mapping[str, LineKind] = field(default_factory=dict)
    credit_note_prefix: str = "C"
    stock_cover: Decimal = Decimal(0)
    delimiter: str = ","
    date_format: str | None = None
    timezone: tzinfo = UTC


def run(job: Job, console: Console) -> Totals:
    """Import the file; running it again imports nothing twice. Raises `ImportRefused`: then nothing was done."""
    prepared(job.report, "--report")
    totals = Totals(currency=job.terms.currency)
    told = actor.set("import")
    try:
        digest = _stage(job, totals, console)
        if job.stock_cover:
            totals.units_received = _receive(job, digest, console)
        with phase(console, "Placing orders", staging.count(states=job.terms.states)) as advance:
            place_all(job.terms, advance)
    finally:
        actor.reset(told)
    with connection.cursor() as cursor:
        # Tables that have grown at once: never analysed, the log was a third slower.
        cursor.execute(_GROWN)
    totals.conclude()
    write_report(job.report)
    return totals


def _stage(job: Job, totals: Totals, console: Console) -> str:
    with opened(job.path) as file:
        size = job.path.stat().st_size
        with phase(console, "Reading the file", size) as advance:
            export = Export(file, delimiter=job.delimiter, progress=advance)
            rows = _rows(export, _rules(job, export.header))
            staging.stage(totals.counting(rows), currency=job.terms.currency)
        return export.digest


def _rules(job: Job, header: list[str]) -> Rules:
    return Rules(
        columns=locate(job.columns, header),
        width=len(header),
        currency=job.terms.currency,
        kinds=job.kinds,
        credit_note_prefix=job.credit_note_prefix,
        date_format=job.date_format,
        timezone=job.timezone,
    )


def _rows(export: Iterable[tuple[int, list[str]]], rules: Rules) -> Iterator[Row]:
    for line, cells in export:
        yield read_row(rules, line, cells)


def _receive(job: Job, digest: str, console: Console) -> int:
    demand = staging.demand()
    with phase(console, "Receiving stock", len(demand)) as advance:
        return stock.receive(demand, cover=job.stock_cover, digest=digest, advance=advance)
