"""Takes over the orders of a shop's export."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from config.importing import options as read
from config.importing.display import show
from config.importing.errors import ImportRefused
from config.importing.placing import Terms
from config.importing.report import prepared
from config.importing.steps import Job, run

MAP = "order=InvoiceNo,sku=StockCode,quantity=Quantity,price=UnitPrice,customer=CustomerID,name=Description"


class Command(BaseCommand):
    """One order per order number; what cannot be an order is reported, never dropped silently."""

    help = (
        "Imports orders from a CSV file (UTF-8, with a header line). One bad row refuses its whole order; running it "
        "again imports nothing twice. Exit code 1: nothing was done, or the totals do not equal the file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("file", type=Path)
        add("--map", required=True, help=f"which column is what: {MAP},placed_at=InvoiceDate,country=Country")
        add("--currency", required=True, help="ISO 4217 code of all prices, such as GBP")
        add(
            "--non-stock-skus",
            default="",
            help="A,B=shipping,…: SKUs that are no goods; a fee where no kind is named",
        )
        add(
            "--credit-note-prefix",
            default="C",
            help="a number that is this and digits is no order (default C; '' for none)",
        )
        add(
            "--stock-cover",
            default="0",
            help="before confirming, receive this share of each SKU's demand, rounded up",
        )
        add("--decline-rate", default="0", help="share of the orders whose card the sandbox declines, 0 to 1")
        add("--seed", type=int, default=0, help="which orders that are (default 0)")
        add(
            "--confirm",
            action="store_true",
            help="confirm what was placed, also drafts of an interrupted import",
        )
        add(
            "--timezone",
            default="UTC",
            help="of times without an offset, such as Europe/London (default UTC)",
        )
        add("--date-format", help="of times that are not ISO 8601, such as '%%m/%%d/%%Y %%H:%%M'")
        add("--delimiter", default=",", help="between fields (default a comma)")
        add(
            "--report",
            type=Path,
            help="where each refused row is told as a JSON line (default in the data directory)",
        )
        add("--json", type=Path, help="where the totals are written")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        try:
            totals = run(self._job(options), console)
        except ImportRefused as error:
            raise CommandError(f"{options['file']}: {error}") from error
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. The same command goes on where it stopped.", returncode=130
            ) from None
        if options["json"]:
            options["json"].write_bytes(
                msgspec.json.format(msgspec.json.encode(totals.plain()), indent=2) + b"\n"
            )
        show(console, totals, self._report(options))
        if not totals.is_balanced:
            raise CommandError(
                "The totals do not equal the file. Please report this with the file and the report."
            )

    def _job(self, options: dict[str, Any]) -> Job:
        if options["json"]:
            prepared(options["json"], "--json")
        return Job(
            path=options["file"],
            columns=read.columns(options["map"]),
            terms=Terms(
                currency=read.currency(options["currency"]),
                confirm=options["confirm"],
                decline_rate=float(read.share("--decline-rate", options["decline_rate"], most=1)),
                seed=options["seed"],
            ),
            report=self._report(options),
            kinds=read.kinds(options["non_stock_skus"]),
            credit_note_prefix=options["credit_note_prefix"],
            stock_cover=read.share("--stock-cover", options["stock_cover"], most=1_000),
            delimiter=read.delimiter(options["delimiter"]),
            date_format=options["date_format"],
            timezone=read.timezone(options["timezone"]),
        )

    def _report(self, options: dict[str, Any]) -> Path:
        report: Path | None = options["report"]
        return report or settings.DATA_DIR / "import" / f"{options['file'].name}.refused.jsonl"
