"""What has the demo done, and how fast? All of it is read from the log and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

# The steps of the article's timeline, by the events that tell them.
STEPS = {
    "payments.payment_processed": "paid (authorised)",
    "inventory.inventory_reserved": "stock reserved",
    "shipping.shipping_arranged": "shipping arranged",
    "payments.payment_captured": "money captured",
    "orders.order_approved": "order approved",
    "notifications.notification_sent": "mail sent",
}

_STANDING = """
SELECT (SELECT count(*) FROM sagas_saga), (SELECT count(*) FROM sagas_saga WHERE status = 'completed'),
       (SELECT count(*) FROM sagas_saga WHERE status = 'compensated'),
       (SELECT count(*) FROM events_delivery d JOIN events_message m ON m.id = d.message_id
         WHERE d.state = 0 AND d.handler LIKE 'sagas.%%.clock' AND NOT EXISTS (
               SELECT FROM sagas_saga WHERE 'sagas.' || saga || '.clock' = d.handler AND key = m.key)),
       (SELECT count(*) FROM events_delivery WHERE state = 0 AND handler NOT LIKE 'sagas.%%.clock'),
       (SELECT count(*) FROM events_delivery WHERE state = 2)
"""
_CONFIRMED = """
SELECT m.key, m.recorded_at AS confirmed_at, saga.recorded_at AS ended_at
  FROM events_message m
  LEFT JOIN LATERAL (SELECT recorded_at FROM events_message d
                      WHERE d.stream = 'sagas.order-' || m.key AND d.stream_version IS NOT NULL
                        AND d.payload @> '{"decisions": [{"type": "end"}]}' LIMIT 1) saga ON true
 WHERE m.name = 'orders.order_confirmed' AND m.recorded_at >= %s
"""
# A few wait for a card processor that does not answer: how fast the system is shows before their end.
_SPEED = f"""
WITH confirmed AS ({_CONFIRMED}), most AS (
  SELECT percentile_disc(0.75) WITHIN GROUP (ORDER BY ended_at) AS ended_at FROM confirmed WHERE ended_at IS NOT NULL)
SELECT count(c.ended_at),
       count(*) FILTER (WHERE c.ended_at <= n.ended_at)
         / NULLIF(extract(epoch FROM min(n.ended_at) - min(c.confirmed_at)), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.ended_at - c.confirmed_at)),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM c.ended_at - c.confirmed_at))
  FROM confirmed c CROSS JOIN most n
"""
_TOTALS = """
SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM orders_order WHERE status = 'approved'),
       (SELECT COALESCE(json_object_agg(currency, captured), '{}') FROM (
          SELECT currency, sum(captured_minor - refunded_minor) AS captured FROM payments_payment
           WHERE currency <> 'XXX' GROUP BY currency) money),
       (SELECT COALESCE(sum(reserved), 0)::bigint FROM inventory_stock),
       (SELECT COALESCE(json_object_agg(cancel_reason, orders), '{}') FROM (
          SELECT cancel_reason, count(*) AS orders FROM orders_order WHERE status = 'cancelled' GROUP BY 1) cancelled)
"""
_TIMELINE = """
SELECT name, extract(epoch FROM min(recorded_at) - %s) * 1000 FROM events_message WHERE correlation_id = %s GROUP BY name
"""
_PUBLISHED = """
SELECT extract(epoch FROM min(d.claimed_at) - %s) * 1000 FROM events_delivery d JOIN events_message m ON m.id = d.message_id
 WHERE m.correlation_id = %s AND m.name = 'orders.order_confirmed' AND d.handler = 'sagas.order'
"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far all sagas are: of those that there are or will be."""

    sagas: int
    completed: int
    compensated: int
    awaited: int
    deliveries: int
    dead_letters: int

    @property
    def expected(self) -> int:
        return self.sagas + self.awaited

    @property
    def ended(self) -> int:
        return self.completed + self.compensated

    @property
    def is_over(self) -> bool:
        """Whether every saga has ended and nothing is left to be delivered."""
        return self.ended == self.expected and not self.deliveries


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Of the orders confirmed since the demo began; times in seconds from confirmation to the saga's end.

    `per_second` counts from the first confirmation until three of four orders had ended.
    """

    ended: int
    per_second: float | None
    p50: float | None
    p95: float | None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Of all orders there are."""

    orders: int
    approved: int
    captured: dict[str, int]
    units_reserved: int
    cancelled: dict[str, int]


def now() -> datetime:
    """By the database's clock, on which everything is measured."""
    (moment,) = _row("SELECT clock_timestamp()")
    return moment  # type: ignore[no-any-return]


def standing() -> Standing:
    sagas, completed, compensated, awaited, deliveries, dead = _row(_STANDING)
    return Standing(
        sagas=sagas,
        completed=completed,
        compensated=compensated,
        awaited=awaited,
        deliveries=deliveries,
        dead_letters=dead,
    )


def speed(since: datetime) -> Speed:
    ended, *measured = _row(_SPEED, since)
    per_second, p50, p95 = (None if value is None else float(value) for value in measured)
    return Speed(ended=ended, per_second=per_second, p50=p50, p95=p95)


def totals() -> Totals:
    orders, approved, captured, units_reserved, cancelled = _row(_TOTALS)
    return Totals(
        orders=orders,
        approved=approved,
        captured=captured,
        units_reserved=units_reserved,
        cancelled=cancelled,
    )


def timeline(order_id: UUID, since: datetime) -> dict[str, float]:
    """Milliseconds from `since` to each step that was reached, in the order of the article."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMELINE, [since, order_id])
        told = dict(cursor.fetchall())
    (published,) = _row(_PUBLISHED, since, order_id)
    reached = {"order confirmed, in the log": told.get("orders.order_confirmed"), "published": published}
    reached |= {step: told.get(name) for name, step in STEPS.items()}
    return {step: float(after) for step, after in reached.items() if after is not None}


def _row(query: str, *parameters: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
