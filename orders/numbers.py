"""Which order has a number? No two orders have the same one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from events.lookups import Lookup
from events.tables import Row
from events.unit import current_unit
from orders.errors import OrderNumberTaken
from orders.models import OrderNumber


def _fetch(numbers: Collection[Any]) -> Mapping[Any, Any]:
    return dict(OrderNumber.objects.filter(number__in=numbers).values_list("number", "order_id"))


order_numbers = Lookup("order_numbers", _fetch)


def normalized(number: str) -> str:
    """The number as it is kept."""
    return number.strip()


def take(number: str, order_id: UUID) -> None:
    """Take the number for the order with this unit of work. Raises `OrderNumberTaken`."""
    unit = current_unit()
    holder = unit.value(order_numbers, number)
    if holder not in {None, order_id}:
        raise OrderNumberTaken(f"order {holder} has the number {number!r} already: choose another one")
    if holder is None:
        unit.put(order_numbers, number, order_id)
        unit.write(_table, {"number": number, "order_id": order_id})


def next_number() -> str:
    """A number for people, for an order that brings none: `S-000123`. Numbers may be left out, none comes twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('orders_number')")
        (value,) = cursor.fetchone()
    return f"S-{value:06}"


class NumberTable:
    """Inserted only: of two who take a number at once the second one's flush is refused, and it decides anew."""

    name = "orders_ordernumber"

    def cte(self) -> str:
        return _TAKE

    def parameter(self, rows: Sequence[Row]) -> str:
        return msgspec.json.encode(rows).decode()


_table = NumberTable()

_TAKE = """
orders_ordernumber_taken AS (
  INSERT INTO orders_ordernumber (number, order_id)
  SELECT number, order_id FROM json_to_recordset(%(orders_ordernumber)s::json) AS r(number text, order_id uuid))"""
