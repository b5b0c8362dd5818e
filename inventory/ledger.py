"""How does stock move? Decided in memory on levels that were read, written with the flush, refused by the database's CHECK."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from events.lookups import Lookup
from events.tables import Row
from events.unit import current_unit
from inventory.domain import NOTHING, Level, Levels
from inventory.models import LedgerEntry, Stock
from inventory.quantities import Lines

Kind = LedgerEntry.Kind


def _fetch(skus: Collection[Any]) -> Mapping[Any, Any]:
    rows = Stock.objects.filter(sku__in=skus).values_list("sku", "on_hand", "reserved")
    return {sku: Level(on_hand, reserved) for sku, on_hand, reserved in rows}


stock_levels = Lookup("stock_levels", _fetch, default=NOTHING)


def levels(skus: Iterable[str]) -> Levels:
    """The levels as they are after all that this batch has moved so far."""
    unit = current_unit()
    skus = list(skus)
    unit.prefetch((stock_levels, sku) for sku in skus)
    return {sku: unit.value(stock_levels, sku) for sku in skus}


def move(
    kind: Kind, lines: Lines, *, on_hand: int = 0, reserved: int = 0, reservation_id: UUID | None = None
) -> None:
    """Move `lines`: `on_hand` and `reserved` say in which direction, 1, 0 or -1. One line for each SKU."""
    unit = current_unit()
    assert unit.cause is not None, "stock moves because a message asked for it"
    before = levels(line.sku for line in lines) if on_hand or reserved else {}
    for line in lines:
        more = Level(on_hand * line.quantity, reserved * line.quantity)
        if line.sku in before:
            level = before[line.sku]
            after = Level(level.on_hand + more.on_hand, level.reserved + more.reserved)
            unit.put(stock_levels, line.sku, after)
        unit.write(
            _table,
            {
                "sku": line.sku,
                "kind": kind.value,
                "on_hand": more.on_hand,
                "reserved": more.reserved,
                "cause": unit.cause.id,
                "reservation_id": reservation_id,
            },
        )


class StockTable:
    """Movements, summed for each SKU, into the levels; and each one into the ledger, with the balances after it.

    A SKU that has no level yet gets one. Two flushes that open the same SKU at once: the second is refused and decides
    anew. Nothing of it is lost silently: each SKU of the batch is either locked or opened.
    """

    name = "inventory_stock"

    def cte(self) -> str:
        return _MOVE

    def parameter(self, rows: Sequence[Row]) -> str:
        return msgspec.json.encode(rows).decode()


_table = StockTable()

# Locked in SKU order, known SKUs first and new ones after them: two batches that share several SKUs wait for each other
# instead of deadlocking. The locked rows are the latest ones, also where the statement had to wait for them.
_MOVE = """
inventory_stock_line AS (
  SELECT * FROM ROWS FROM (json_to_recordset(%(inventory_stock)s::json)
           AS (sku text, kind text, on_hand bigint, reserved bigint, cause uuid, reservation_id uuid))
           WITH ORDINALITY AS r(sku, kind, on_hand, reserved, cause, reservation_id, place)),
inventory_stock_total AS (
  SELECT sku, sum(on_hand)::bigint AS on_hand, sum(reserved)::bigint AS reserved FROM inventory_stock_line GROUP BY sku),
inventory_stock_locked AS MATERIALIZED (
  SELECT sku, on_hand, reserved FROM inventory_stock
   WHERE sku IN (SELECT sku FROM inventory_stock_total) ORDER BY sku FOR UPDATE),
inventory_stock_changed AS (
  UPDATE inventory_stock s SET on_hand = s.on_hand + t.on_hand, reserved = s.reserved + t.reserved
    FROM inventory_stock_total t JOIN inventory_stock_locked USING (sku)
   WHERE s.sku = t.sku AND (t.on_hand <> 0 OR t.reserved <> 0)),
inventory_stock_opened AS (
  INSERT INTO inventory_stock (sku, on_hand, reserved)
  SELECT sku, on_hand, reserved FROM inventory_stock_total
   WHERE sku NOT IN (SELECT sku FROM inventory_stock_locked) ORDER BY sku),
inventory_stock_ledger AS (
  INSERT INTO inventory_ledgerentry (sku, kind, on_hand, reserved, on_hand_after, reserved_after, cause, reservation_id, at)
  SELECT l.sku, l.kind, l.on_hand, l.reserved,
         COALESCE(b.on_hand, 0) + sum(l.on_hand) OVER w, COALESCE(b.reserved, 0) + sum(l.reserved) OVER w,
         l.cause, l.reservation_id, clock_timestamp()
    FROM inventory_stock_line l LEFT JOIN inventory_stock_locked b USING (sku)
  WINDOW w AS (PARTITION BY l.sku ORDER BY l.place) ORDER BY l.place)"""
