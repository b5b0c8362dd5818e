"""What must always be true of notifications?"""

from __future__ import annotations

from events.invariants import invariant

invariant(
    "an order has one notification of each template",
    when="always",
    query="SELECT order_id::text FROM notifications_notification GROUP BY order_id, template HAVING count(*) > 1",
)
invariant(
    "a notification that is told to be sent or failed is recorded so",
    when="always",
    query="""
SELECT told.id
  FROM (SELECT payload->>'notification_id' AS id, bool_or(name = 'notifications.notification_sent') AS sent
          FROM events_message
         WHERE name IN ('notifications.notification_sent', 'notifications.notification_failed') GROUP BY 1) told
  LEFT JOIN notifications_notification shown ON shown.id::text = told.id
 WHERE shown.status IS DISTINCT FROM CASE WHEN told.sent THEN 'sent' ELSE 'failed' END
""",
)
