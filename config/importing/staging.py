"""Where do the rows wait until all of them were looked at? In temporary tables of this connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from config.importing.rows import Row
from orders.lines import MOST_LINES, MOST_MINOR_UNITS, MOST_UNITS

_TABLES = """
DROP TABLE IF EXISTS import_line, import_order;
CREATE TEMP TABLE import_line (
  line bigint NOT NULL, number text, order_id uuid, kind text NOT NULL, sku text, name text, quantity bigint,
  unit_price numeric, amount numeric, customer text, placed_at timestamptz, country text, reason text, detail text);
CREATE TEMP TABLE import_order (
  place bigint, number text, order_id uuid, line bigint, lines bigint, units numeric, amount numeric, customer text,
  placed_at timestamptz, country text, reason text, detail text, state text)
"""
_COPY = f"COPY import_line ({', '.join(Row._fields)}) FROM STDIN"
# Rows of one order may lie apart: its place is that of its first row. Its first bad row refuses it.
_GROUP = f"""
CREATE INDEX ON import_line (number, line);
CREATE INDEX ON import_line (line);
ANALYZE import_line;
INSERT INTO import_order
SELECT row_number() OVER (ORDER BY min(line)), number, order_id, min(line), count(*), COALESCE(sum(quantity), 0),
       COALESCE(sum(amount), 0), max(customer), min(placed_at), max(country),
       COALESCE((array_agg(reason ORDER BY line) FILTER (WHERE reason IS NOT NULL))[1],
         CASE WHEN count(*) > {MOST_LINES} THEN 'too_many_lines'
              WHEN count(DISTINCT customer) > 1 THEN 'customers_differ'
              WHEN count(DISTINCT country) > 1 THEN 'countries_differ'
              WHEN sum(amount) < 0 THEN 'total_negative'
              WHEN sum(abs(amount)) > {MOST_MINOR_UNITS} THEN 'total_out_of_range' END),
       (array_agg(detail ORDER BY line) FILTER (WHERE reason IS NOT NULL))[1], 'new'
  FROM import_line WHERE number IS NOT NULL GROUP BY number, order_id;
-- Summed up over an order, a SKU must still be what can be set aside at once.
UPDATE import_order o SET reason = 'quantity_out_of_range', detail = 'in all more than {MOST_UNITS} of ' || s.sku
  FROM (SELECT number, sku FROM import_line WHERE kind = 'product' GROUP BY number, sku
        HAVING sum(quantity) > {MOST_UNITS}) s
 WHERE s.number = o.number AND o.reason IS NULL;
CREATE INDEX ON import_order (place);
ANALYZE import_order
"""
# What is there already is left alone if it is the same; what an interrupted import left as a draft can be confirmed.
_COMPARE = """
UPDATE import_order o
   SET state = CASE WHEN EXISTS (SELECT FROM events_message later WHERE later.stream = m.stream AND later.stream_version = 2)
               THEN 'there' ELSE 'draft' END,
       reason = CASE WHEN jsonb_array_length(m.payload -> 'lines') <> o.lines
                       OR (m.payload #>> '{total,amount_minor}')::numeric <> o.amount
                       OR m.payload #>> '{total,currency}' <> %s THEN 'order_differs' END,
       detail = 'another order with this number was imported before'
  FROM events_message m
 WHERE o.reason IS NULL AND m.stream = 'orders.order-' || o.order_id AND m.stream_version = 1
"""
_ORDERS = """
SELECT place, number, order_id, lines, customer, placed_at, country, state = 'draft' FROM import_order
 WHERE place > %s AND reason IS NULL AND state = ANY(%s) ORDER BY place LIMIT %s
"""
_LINES = """
SELECT number, kind, sku, name, quantity, unit_price::text FROM import_line WHERE number = ANY(%s) ORDER BY number, line
"""
_DEMAND = """
SELECT sku, sum(quantity)::bigint FROM import_line JOIN import_order o USING (number)
 WHERE kind = 'product' AND o.reason IS NULL GROUP BY sku ORDER BY sku
"""


class StagedOrder(NamedTuple):
    """An order that can be placed, or a draft that can be confirmed."""

    place: int
    number: str
    order_id: UUID
    line_count: int
    customer: str | None
    placed_at: datetime | None
    country: str | None
    is_draft: bool


class StagedLine(NamedTuple):
    number: str
    kind: str
    sku: str
    name: str
    quantity: int
    unit_price: str


def stage(rows: Iterable[Row], *, currency: str) -> None:
    """Take all rows in, group them by order and look which orders are in the log already."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        with cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_GROUP)
        cursor.execute(_COMPARE, [currency])


def orders(*, states: Sequence[str], page: int) -> Iterator[list[StagedOrder]]:
    """The orders in these states ('new', 'draft') in the file's order, page by page."""
    after = 0
    while found := [StagedOrder(*row) for row in fetched(_ORDERS, after, list(states), page)]:
        yield found
        after = found[-1].place


def lines(numbers: Sequence[str]) -> dict[str, list[StagedLine]]:
    """The lines of these orders, in the file's order."""
    found: dict[str, list[StagedLine]] = {number: [] for number in numbers}
    for row in fetched(_LINES, list(numbers)):
        found[row[0]].append(StagedLine(*row))
    return found


def demand() -> list[tuple[str, int]]:
    """How many units of each SKU the orders of this file want that can be imported, or are there already."""
    return [(sku, units) for sku, units in fetched(_DEMAND)]


def count(*, states: Sequence[str]) -> int:
    """How many orders there are in these states that are not refused."""
    ((found,),) = fetched(
        "SELECT count(*) FROM import_order WHERE reason IS NULL AND state = ANY(%s)", list(states)
    )
    return int(found)


def refuse(place: int, *, reason: str, detail: str) -> None:
    """Keep why an order could not be placed after all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE import_order SET reason = %s, detail = %s WHERE place = %s", [reason, detail, place]
        )


def fetched(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
