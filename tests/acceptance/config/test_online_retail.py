"""The real file, dirt and all, against a plain computation with csv and Decimal."""

import csv
import json
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any

import pytest
from django.core.management import call_command

from config.demo.scenes import NO_GOODS, ONLINE_RETAIL
from config.environment import BASE_DIR
from config.invariants import verify
from events.models import Message
from inventory.models import Stock

SAMPLE = BASE_DIR.parent / "shared" / "data" / "online_retail_sample.csv"
pytestmark = [
    pytest.mark.skipif(
        not SAMPLE.is_file(), reason="the Online Retail sample does not lie beside the repository"
    ),
    pytest.mark.django_db,
]
SERVICES = {part.split("=")[0].upper() for part in NO_GOODS.split(",")}


def amount(row):
    exact = Decimal(row["UnitPrice"]) * int(row["Quantity"]) * 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@pytest.fixture(scope="module")
def orders():
    """The rows of each invoice that can be an order."""
    rows = defaultdict(list)
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["InvoiceNo"]].append(row)
    return {
        number: lines
        for number, lines in rows.items()
        if all(int(row["Quantity"]) > 0 and Decimal(row["UnitPrice"]) >= 0 for row in lines)
    }


@pytest.fixture
def totals(tmp_path, transactional_db):
    options: dict[str, Any] = {
        "map": ONLINE_RETAIL,
        "currency": "GBP",
        "non_stock_skus": NO_GOODS,
        "stock_cover": "0.9",
    }
    options |= {"report": tmp_path / "report", "json": tmp_path / "totals", "decline_rate": "0.05", "seed": 7}
    call_command("import_orders", SAMPLE, **options, confirm=True)
    return json.loads((tmp_path / "totals").read_text())


def test_the_import_of_the_real_file_equals_a_plain_computation(totals, orders):
    lines = [row for rows in orders.values() for row in rows]
    money = {"amount_minor": sum(amount(row) for row in lines), "currency": "GBP"}

    assert totals["imported"] == {
        "orders": len(orders),
        "lines": len(lines),
        "units": sum(int(row["Quantity"]) for row in lines),
        "money": money,
    }
    assert totals["confirmed"] == len(orders) == 1589
    assert (totals["file"]["lines"], totals["file"]["orders"]) == (43_606, 2_002)
    assert totals["refused"]["credit_note"]["orders"] == 315
    assert totals["balanced"]

    told = {
        message.payload["number"]: message.payload
        for message in Message.objects.filter(name="orders.order_confirmed")
    }
    assert {number: payload["total"]["amount_minor"] for number, payload in told.items()} == {
        number: sum(amount(row) for row in rows) for number, rows in orders.items()
    }

    demand: Counter[str] = Counter()
    for row in lines:
        if row["StockCode"].upper() not in SERVICES:
            demand[row["StockCode"].upper()] += int(row["Quantity"])
    covered = {sku: ceil(Decimal("0.9") * units) for sku, units in demand.items()}
    assert {stock.sku: stock.on_hand for stock in Stock.objects.all()} == covered

    assert not verify().broken
