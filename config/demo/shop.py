"""What does the demo's shop sell, and how much of it is there?"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from events.execution import execute
from events.ids import new_id
from inventory.commands import ReceiveStock, SkuQuantity
from orders.events import LineKind
from orders.models import CatalogueItem

CURRENCY = "GBP"


class Item(NamedTuple):
    sku: str
    name: str
    kind: LineKind
    unit_price: str


ITEMS = (
    Item("MUG-BLUE", "Mug, blue glaze", LineKind.PRODUCT, "7.95"),
    Item("MUG-RED", "Mug, red glaze", LineKind.PRODUCT, "7.95"),
    Item("TEAPOT", "Teapot, 1.2 litres", LineKind.PRODUCT, "24.50"),
    Item("TEA-ASSAM", "Assam, 100 g", LineKind.PRODUCT, "6.4"),
    Item("TEA-SENCHA", "Sencha, 100 g", LineKind.PRODUCT, "8.25"),
    Item("KETTLE", "Kettle, brushed steel", LineKind.PRODUCT, "39"),
    Item("TRAY", "Tray, oak", LineKind.PRODUCT, "18.75"),
    Item("STRAINER", "Tea strainer", LineKind.PRODUCT, "4.2"),
    Item("BISCUITS", "Shortbread, by the piece", LineKind.PRODUCT, "0.3333"),
    Item("SAMPLE", "A sample of tea, free", LineKind.PRODUCT, "0"),
    Item("LAMP-GOLD", "Paper lamp, gold, the last ones", LineKind.PRODUCT, "54.00"),
    Item("POSTAGE", "Postage", LineKind.SHIPPING, "3.95"),
    Item("GIFT-WRAP", "Gift wrap", LineKind.FEE, "1.50"),
)
SCARCE = "LAMP-GOLD"
_PLENTY, _LAST_ONES = 1_000, 3

# The file's products at the price of their last line: what is left in stock can be ordered through the API.
_FROM_FILE = """
INSERT INTO orders_catalogueitem (sku, name, kind, unit_price, currency, active)
SELECT DISTINCT ON (sku) sku, name, kind, unit_price, %s, true FROM import_line
 WHERE kind = 'product' AND reason IS NULL ORDER BY sku, line DESC
ON CONFLICT (sku) DO NOTHING
"""


def open_shop() -> None:
    """Put the sample catalogue up; what somebody has changed in it stays."""
    for item in ITEMS:
        CatalogueItem.objects.get_or_create(
            sku=item.sku,
            defaults={
                "name": item.name,
                "kind": item.kind.value,
                "unit_price": Decimal(item.unit_price),
                "currency": CURRENCY,
            },
        )


def stock_up() -> None:
    """Take in plenty of everything, save the last lamps: for each run again, as the one before has sold some."""
    goods = [item.sku for item in ITEMS if item.kind is LineKind.PRODUCT]
    lines = (SkuQuantity(sku=sku, quantity=_LAST_ONES if sku == SCARCE else _PLENTY) for sku in goods)
    execute(ReceiveStock(receipt_id=new_id(), lines=tuple(lines)))


def offer_imported(currency: str) -> None:
    """Put the goods of a file that was just imported into the catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(_FROM_FILE, [currency])
