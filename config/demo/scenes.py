"""What happens in the demo, in which order?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.conf import settings
from rich.console import Console

from config.demo import measures, samples, shop
from config.demo.measures import Speed, Standing
from config.demo.memory import Memory
from config.demo.results import show_results, show_timeline
from config.demo.watching import watch
from config.importing import display, options, steps
from config.importing.placing import Terms
from config.importing.progress import phase
from config.invariants import verify
from config.management.commands.verify_invariants import show as show_verdict
from events.execution import execute
from orders.commands import ConfirmOrder

# The Online Retail data set (UCI Machine Learning Repository, 352), and what in it is no goods.
ONLINE_RETAIL = (
    "order=InvoiceNo,sku=StockCode,quantity=Quantity,price=UnitPrice,customer=CustomerID,name=Description,"
    "placed_at=InvoiceDate,country=Country"
)
NO_GOODS = (
    "POST=shipping,DOT=shipping,C2=shipping,M,D=discount,S,BANK CHARGES,AMAZONFEE,CRUK,B,PADS,gift_0001_10=voucher,"
    "gift_0001_20=voucher,gift_0001_30=voucher,gift_0001_40=voucher,gift_0001_50=voucher"
)
_LONE_ORDERS = 5


@dataclass(frozen=True, kw_only=True)
class Demo:
    """One showing, on servers and processes that run."""

    console: Console
    pids: Callable[[], Mapping[str, int]]
    memory: Memory = field(default_factory=Memory)

    def show_samples(self, count: int) -> bool:
        """The rush, then lone orders one at a time; whether every saga ended and every invariant holds."""
        began = measures.now()
        with phase(self.console, "Placing sample orders", count) as advance:
            samples.place(count, advance)
        standing, speed = self._watch(), measures.speed(began)
        timelines = [self._lone_order() for _ in range(_LONE_ORDERS)] if standing.is_over else []
        if timelines:
            show_timeline(self.console, timelines)
        return self._conclude(speed)

    def show_file(self, path: Path) -> bool:
        """The orders of a file in the form of the Online Retail data; nothing else is placed beside them."""
        began = measures.now()
        imported = steps.run(_job(path), self.console)
        display.show(self.console, imported, _report(path))
        shop.offer_imported(shop.CURRENCY)
        self._watch()
        return self._conclude(measures.speed(began)) and imported.is_balanced

    def _watch(self) -> Standing:
        return watch(self.console, self.memory, self.pids)

    def _lone_order(self) -> Mapping[str, float]:
        order_id: UUID = samples.place_lone()
        asked = measures.now()
        execute(ConfirmOrder(order_id=order_id))
        watch(Console(quiet=True), self.memory, self.pids)
        return measures.timeline(order_id, asked)

    def _conclude(self, speed: Speed) -> bool:
        standing, verdict = measures.standing(), verify()
        show_results(self.console, measures.totals(), speed, standing, peak=self.memory.peak)
        show_verdict(self.console, verdict, only_offended=True)
        return standing.is_over and not verdict.broken


def _job(path: Path) -> steps.Job:
    return steps.Job(
        path=path,
        columns=options.columns(ONLINE_RETAIL),
        terms=Terms(currency=shop.CURRENCY, confirm=True, decline_rate=0.05, seed=7),
        report=_report(path),
        kinds=options.kinds(NO_GOODS),
        stock_cover=Decimal("0.9"),
        timezone=options.timezone("UTC"),
    )


def _report(path: Path) -> Path:
    report: Path = settings.DATA_DIR / "import" / f"{path.name}.refused.jsonl"
    return report
