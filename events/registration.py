"""Which lanes exist, and since when does each handler listen?"""

from __future__ import annotations

import json
from typing import Any

from django.db import connections

from events.lanes import all_lanes
from events.registry import registry

# A handler that is new listens from here on; its past is delivered by a back-fill, on purpose and not by a deployment.
_NEW_HANDLERS = """
INSERT INTO events_handler (name, since, paused)
SELECT name, COALESCE((SELECT max(position) FROM events_message), 0), false FROM unnest(%s::text[]) AS name
ON CONFLICT DO NOTHING
"""
_NEW_LANES = """
INSERT INTO events_lane (number, "group", token) SELECT r.number, r.group, 0
FROM json_to_recordset(%s::json) AS r(number smallint, "group" text)
ON CONFLICT (number) DO UPDATE SET "group" = EXCLUDED."group"
"""


def register(using: str = "default", **signal: Any) -> None:
    """Add the lanes and handlers of the code to their tables; run after each migrate."""
    lanes = [{"number": number, "group": group} for group, number in all_lanes()]
    with connections[using].cursor() as cursor:
        cursor.execute(_NEW_LANES, [json.dumps(lanes)])
        cursor.execute(_NEW_HANDLERS, [[handler.name for handler in registry]])
