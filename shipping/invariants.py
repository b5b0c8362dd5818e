"""What must always be true of shipments?"""

from __future__ import annotations

from events.invariants import invariant

_TOLD = """
SELECT payload->>'shipment_id' AS shipment_id,
       bool_or(name = 'shipping.shipping_arranged') AS arranged,
       bool_or(name = 'shipping.shipment_cancelled') AS cancelled,
       bool_or(name = 'shipping.shipment_cancelled' AND (payload->>'cancelled')::bool) AS undone,
       max(payload->>'tracking_number') AS tracking_number,
       count(DISTINCT payload->>'tracking_number') AS tracking_numbers
  FROM events_message WHERE name IN ('shipping.shipping_arranged', 'shipping.shipment_cancelled')
 GROUP BY 1
"""

invariant(
    "a shipment has one tracking number",
    when="always",
    query=f"SELECT shipment_id FROM ({_TOLD}) told WHERE tracking_numbers > 1",
)
invariant(
    "what is told to be cancelled at the carrier was arranged",
    when="always",
    query=f"SELECT shipment_id FROM ({_TOLD}) told WHERE undone AND NOT arranged",
)
invariant(
    "a shipment's row is what its events say",
    when="always",
    query=f"""
SELECT COALESCE(shown.id::text, told.shipment_id)
  FROM ({_TOLD}) told FULL JOIN shipping_shipment shown ON shown.id::text = told.shipment_id
 WHERE shown.tracking_number IS DISTINCT FROM told.tracking_number
    OR (shown.status = 'cancelled') IS DISTINCT FROM COALESCE(told.cancelled, false)
""",
)
BOOKS_AGREE = invariant(
    "the carrier's own book equals ours, shipment by shipment",
    when="at rest",
    query=f"""
SELECT COALESCE(told.shipment_id, book.shipment_id::text)
  FROM (SELECT * FROM ({_TOLD}) any_of_them WHERE arranged) told
  FULL JOIN shipping_sandboxbooking book ON book.shipment_id::text = told.shipment_id
 WHERE book.tracking_number IS DISTINCT FROM told.tracking_number
    OR (book.cancelled_at IS NOT NULL) IS DISTINCT FROM told.undone
    OR told.cancelled AND NOT told.undone
""",
)
