"""What must always be true of orders?"""

from events.invariants import invariant

# An upcaster may lift what is stored, so each query names the versions that it can read.
_TOLD = """
SELECT key, payload FROM events_message
 WHERE (name, version) IN (('orders.order_placed', 1), ('orders.order_confirmed', 2))
"""

INVARIANTS = (
    invariant(
        "An order's total is the sum of its lines.",
        when="always",
        query=f"""
        SELECT DISTINCT key FROM ({_TOLD}) told
         WHERE (payload #>> '{{total,amount_minor}}')::numeric IS DISTINCT FROM
               (SELECT sum((line #>> '{{amount,amount_minor}}')::numeric)
                  FROM jsonb_array_elements(payload -> 'lines') line)
        """,
    ),
    invariant(
        "An order has one currency.",
        when="always",
        query=f"""
        SELECT DISTINCT key FROM ({_TOLD}) told, jsonb_array_elements(payload -> 'lines') line
         WHERE line #>> '{{amount,currency}}' IS DISTINCT FROM payload #>> '{{total,currency}}'
        """,
    ),
    invariant(
        "An order is confirmed as it was placed.",
        when="always",
        query="""
        SELECT confirmed.key FROM events_message confirmed JOIN events_message placed USING (stream)
         WHERE (confirmed.name, confirmed.version) = ('orders.order_confirmed', 2)
           AND (placed.name, placed.version) = ('orders.order_placed', 1)
           AND confirmed.payload <> placed.payload - 'placed_at'
        """,
    ),
    invariant(
        "Each step of an order's life is taken once, and no order is both approved and cancelled.",
        when="always",
        query="""
        SELECT key FROM events_message WHERE name IN ('orders.order_placed', 'orders.order_confirmed',
               'orders.order_approved', 'orders.order_cancellation_requested', 'orders.order_cancelled')
         GROUP BY key HAVING count(*) > count(DISTINCT name)
             OR bool_or(name = 'orders.order_approved') AND bool_or(name = 'orders.order_cancelled')
        """,
    ),
    invariant(
        "Every placed order has its number to itself.",
        when="always",
        query="""
        SELECT COALESCE(placed.key, taken.order_id::text)
          FROM (SELECT key, payload ->> 'number' AS number FROM events_message WHERE name = 'orders.order_placed') placed
          FULL JOIN orders_ordernumber taken ON taken.number = placed.number AND taken.order_id::text = placed.key
         WHERE placed.key IS NULL OR taken.number IS NULL
        """,
    ),
)
