import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command

from tests.support.truth import offences

HEADER = "order,sku,quantity,price,customer,name,placed_at,country\n"
MAP = ",".join(f"{name}={name}" for name in HEADER.strip().split(","))


class Imported(NamedTuple):
    """What an import has told: its totals, its report of refused rows, and what it printed."""

    totals: dict[str, Any]
    report: list[dict[str, Any]]
    printed: str

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(row["line"], row["reason"]) for row in self.report]


Import = Callable[..., Imported]


@pytest.fixture
def import_rows(tmp_path: Path, capfd: pytest.CaptureFixture[str], transactional_db: None) -> Import:
    """Imports rows (text or bytes below the header) by the command itself."""

    def run(rows: str | bytes, *arguments: str, header: str = HEADER, column_map: str = MAP) -> Imported:
        file, report, totals = (tmp_path / name for name in ("orders.csv", "refused.jsonl", "totals.json"))
        file.write_bytes(header.encode() + (rows.encode() if isinstance(rows, str) else rows))
        options = ("--map", column_map, "--currency", "GBP", "--report", str(report), "--json", str(totals))
        call_command("import_orders", str(file), *options, *arguments)
        told = [json.loads(line) for line in report.read_text().splitlines()]
        return Imported(json.loads(totals.read_text()), told, capfd.readouterr().out)

    return run


@pytest.fixture(autouse=True)
def always_true(transactional_db: None) -> Iterator[None]:
    yield
    assert offences() == {}
