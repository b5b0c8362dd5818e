"""What must always be true of the stock?"""

from events.invariants import invariant

# A reservation is told again where it is asked again: it counts once, and no longer when it was released.
_LIVE = """
SELECT DISTINCT ON (stream) stream, payload FROM events_message told
 WHERE name = 'inventory.inventory_reserved'
   AND NOT EXISTS (SELECT FROM events_message released
                    WHERE released.name = 'inventory.inventory_released' AND released.stream = told.stream)
"""
_CAME = "SELECT payload FROM events_message WHERE name IN ('inventory.stock_received', 'inventory.stock_adjusted')"


def _differs_from_stock(column: str, messages: str) -> str:
    return f"""
    WITH told AS (
      SELECT line ->> 'sku' AS sku, sum((line ->> 'quantity')::bigint) AS quantity
        FROM ({messages}) messages, jsonb_array_elements(payload -> 'lines') line GROUP BY 1)
    SELECT sku FROM told FULL JOIN inventory_stock USING (sku)
     WHERE COALESCE(told.quantity, 0) <> COALESCE(inventory_stock.{column}, 0)
    """


INVARIANTS = (
    invariant(
        "Nothing is oversold: 0 ≤ reserved ≤ on hand.",
        when="always",
        query="SELECT sku FROM inventory_stock WHERE NOT (0 <= reserved AND reserved <= on_hand)",
    ),
    invariant(
        "Stock is the sum of its ledger.",
        when="always",
        query="""
        WITH moved AS (
          SELECT sku, sum(on_hand) AS on_hand, sum(reserved) AS reserved FROM inventory_ledgerentry GROUP BY sku)
        SELECT sku FROM moved FULL JOIN inventory_stock s USING (sku)
         WHERE (moved.on_hand, moved.reserved) IS DISTINCT FROM (s.on_hand, s.reserved)
        """,
    ),
    invariant(
        "The ledger's balances follow from its movements.",
        when="always",
        query="""
        SELECT DISTINCT sku FROM (
          SELECT sku, on_hand_after - sum(on_hand) OVER w AS on_hand, reserved_after - sum(reserved) OVER w AS reserved
            FROM inventory_ledgerentry WINDOW w AS (PARTITION BY sku ORDER BY id)) gap
         WHERE on_hand <> 0 OR reserved <> 0
        """,
    ),
    invariant(
        "What is reserved is what the live reservations hold.",
        when="always",
        query=_differs_from_stock("reserved", _LIVE),
    ),
    invariant(
        "What is on hand is what was received and adjusted.",
        when="always",
        query=_differs_from_stock("on_hand", _CAME),
    ),
    invariant(
        "A message moves the stock of a SKU once, and every movement has its message.",
        when="always",
        query="""
        SELECT min(l.id)::text FROM inventory_ledgerentry l LEFT JOIN events_message m ON m.id = l.cause
         GROUP BY l.cause, l.sku HAVING count(*) > 1 OR count(m.id) = 0
        """,
    ),
)
