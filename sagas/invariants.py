"""What must always be true across the contexts? What a saga has done for an order, or has taken back."""

from __future__ import annotations

from events.invariants import invariant

_PRODUCTS = """
SELECT m.key AS order_id, line ->> 'sku' AS sku, sum((line ->> 'quantity')::bigint) AS quantity
  FROM events_message m, jsonb_array_elements(m.payload -> 'lines') line
 WHERE (m.name, m.version) = ('orders.order_confirmed', 2) AND line ->> 'kind' = 'product' GROUP BY 1, 2
"""
_TOTALS = """
SELECT key AS order_id, (payload #>> '{total,amount_minor}')::bigint AS total, payload #>> '{total,currency}' AS currency
  FROM events_message WHERE (name, version) = ('orders.order_confirmed', 2)
"""
_APPROVED = "SELECT key AS order_id FROM events_message WHERE name = 'orders.order_approved'"
_CANCELLED = "SELECT key AS order_id FROM events_message WHERE name = 'orders.order_cancelled'"
# A fact that is told again counts once, and what was released no longer.
_HELD = """
SELECT DISTINCT ON (held.stream) held.stream, held.payload ->> 'order_id' AS order_id, held.payload -> 'lines' AS lines,
       held.name = 'inventory.inventory_committed' AS is_committed
  FROM events_message held
 WHERE held.name IN ('inventory.inventory_reserved', 'inventory.inventory_committed')
   AND NOT EXISTS (SELECT FROM events_message released
                    WHERE released.stream = held.stream AND released.name = 'inventory.inventory_released')
 ORDER BY held.stream, is_committed DESC
"""
_COMMITTED = f"""
SELECT order_id, line ->> 'sku' AS sku, sum((line ->> 'quantity')::bigint) AS quantity
  FROM ({_HELD}) held, jsonb_array_elements(lines) line WHERE is_committed GROUP BY 1, 2
"""
_KEPT = """
SELECT order_id::text, sum(captured_minor - refunded_minor) AS kept, min(currency) AS currency,
       sum(authorised_minor - voided_minor - captured_minor) AS held, count(DISTINCT currency) AS currencies
  FROM payments_payment WHERE currency <> 'XXX' GROUP BY order_id
"""
_PARCELS = "SELECT order_id::text FROM shipping_shipment WHERE status = 'arranged'"
# What waits for a retry or a timer of somebody else, or for a human to look at a dead letter.
_WAITS = """
SELECT m.key FROM events_delivery d JOIN events_message m ON m.id = d.message_id
 WHERE d.state = 2 OR d.state = 0 AND d.handler NOT LIKE 'sagas.%.clock'
"""
_STARTS = """
SELECT d.handler, m.key, d.state FROM events_delivery d JOIN events_message m ON m.id = d.message_id
 WHERE d.handler LIKE 'sagas.%.clock'
"""

INVARIANTS = (
    invariant(
        "There is one saga for each name and key.",
        when="always",
        query="""
        SELECT payload ->> 'saga' || ' ' || (payload ->> 'key') FROM events_message WHERE name = 'sagas.saga_decided'
         GROUP BY payload ->> 'saga', payload ->> 'key' HAVING count(DISTINCT stream) > 1
        """,
    ),
    invariant(
        "A saga that has not ended has a clock that will ring.",
        when="always",
        query=f"""
        SELECT saga.stream FROM sagas_saga saga
          LEFT JOIN ({_STARTS}) clock
            ON clock.handler = 'sagas.' || saga.saga || '.clock' AND clock.key = saga.key AND clock.state = 0
         WHERE saga.ended_at IS NULL AND clock.key IS NULL
        """,
    ),
    invariant(
        "Every message that starts a saga has started one.",
        when="at rest",
        query=f"""
        SELECT clock.key FROM ({_STARTS}) clock
          LEFT JOIN sagas_saga saga ON clock.handler = 'sagas.' || saga.saga || '.clock' AND clock.key = saga.key
         WHERE saga.key IS NULL
        """,
    ),
    invariant(
        "Every saga has ended, or waits for what is due later or for a human.",
        when="at rest",
        query=f"SELECT stream FROM sagas_saga WHERE ended_at IS NULL AND key NOT IN ({_WAITS})",
    ),
    invariant(
        "A compensated saga has every step undone, and a completed one none.",
        when="always",
        query="""
        SELECT stream FROM sagas_saga, jsonb_each_text(steps) step(name, position)
         WHERE status = 'compensated' AND position NOT IN ('left_out', 'not_sent', 'failed', 'undone')
            OR status = 'completed' AND position IN ('undoing', 'undone') GROUP BY stream
        """,
    ),
    invariant(
        "An order ends as its saga does: approved if that is completed, cancelled if it is compensated.",
        when="always",
        query=f"""
        SELECT saga.key FROM sagas_saga saga
         WHERE saga.saga = 'order'
           AND (status = 'completed' AND key NOT IN ({_APPROVED})
                OR status = 'compensated' AND key NOT IN ({_CANCELLED}))
        """,
    ),
    invariant(
        "An order is charged no more than its total, in its currency.",
        when="always",
        query=f"""
        SELECT kept.order_id FROM ({_KEPT}) kept JOIN ({_TOTALS}) totals USING (order_id)
         WHERE kept > total OR currencies > 1 OR kept.currency <> totals.currency
        """,
    ),
    invariant(
        "An approved order is paid in full.",
        when="always",
        query=f"""
        SELECT order_id FROM ({_APPROVED}) approved JOIN ({_TOTALS}) totals USING (order_id)
          LEFT JOIN ({_KEPT}) kept USING (order_id)
         WHERE COALESCE(kept, 0) <> total
        """,
    ),
    invariant(
        "An approved order's goods are committed: all of them, and nothing else.",
        when="always",
        query=f"""
        SELECT DISTINCT order_id
          FROM (SELECT * FROM ({_PRODUCTS}) products WHERE order_id IN ({_APPROVED})) wanted
          FULL JOIN ({_COMMITTED}) committed USING (order_id, sku)
         WHERE order_id IN ({_APPROVED}) AND wanted.quantity IS DISTINCT FROM committed.quantity
        """,
    ),
    invariant(
        "An approved order with goods has one shipment, another one none.",
        when="always",
        query=f"""
        SELECT order_id FROM ({_APPROVED}) approved
         WHERE (SELECT count(*) FROM ({_PARCELS}) parcels WHERE parcels.order_id = approved.order_id)
            <> (order_id IN (SELECT order_id FROM ({_PRODUCTS}) products))::int
        """,
    ),
    invariant(
        "A cancelled order holds no money, neither authorised nor kept.",
        when="at rest",
        query=f"""
        SELECT order_id FROM ({_CANCELLED}) cancelled JOIN ({_KEPT}) kept USING (order_id) WHERE kept <> 0 OR held <> 0
        """,
    ),
    invariant(
        "A cancelled order has no goods set aside.",
        when="at rest",
        query=f"SELECT order_id FROM ({_CANCELLED}) cancelled JOIN ({_HELD}) held USING (order_id)",
    ),
    invariant(
        "A cancelled order has no shipment.",
        when="at rest",
        query=f"SELECT order_id FROM ({_CANCELLED}) cancelled JOIN ({_PARCELS}) parcels USING (order_id)",
    ),
    invariant(
        "Who is told of an approval or a cancellation has a notification of it.",
        when="always",
        query="""
        SELECT m.key FROM events_message m
          JOIN events_delivery d ON d.message_id = m.id AND d.state = 1
           AND d.handler IN ('notifications.confirm_by_mail', 'notifications.cancel_by_mail')
          LEFT JOIN notifications_notification n ON n.cause = m.id
         WHERE n.id IS NULL
        """,
    ),
)
