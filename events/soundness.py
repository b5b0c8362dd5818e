"""What must always be true of the log and its deliveries? The kernel's own invariants.

Imported when invariants are asked for: by then every handler is declared.
"""

from __future__ import annotations

import json

from events.invariants import invariant
from events.messages import Kind, message_types
from events.registry import registry


def _literal(value: object) -> str:
    return "'" + json.dumps(value).replace("'", "''") + "'"


_KINDS = {declared.name: declared.kind for declared in message_types()}
# A command that was executed at once needs no delivery. One that reaches outside, or that a decision sent, has one.
_LISTENS = f"""
SELECT * FROM json_to_recordset({
    _literal(
        [
            {
                "message": message,
                "handler": handler.name,
                "always": _KINDS.get(message) is not Kind.COMMAND
                or handler.call is not None
                or handler.own_sql,
            }
            for handler in registry
            for message in handler.messages
        ]
    )
}) AS listens(message text, handler text, always bool)
"""

INVARIANTS = (
    invariant(
        "A stream's versions run from 1 on, without a gap.",
        when="always",
        query="""
        SELECT stream FROM events_message WHERE stream_version IS NOT NULL
         GROUP BY stream HAVING min(stream_version) <> 1 OR max(stream_version) <> count(*)
        """,
    ),
    invariant(
        "Every event and decision has a version in a stream, and no command has one.",
        when="always",
        query=f"""
        SELECT id::text FROM events_message
         WHERE (kind = {Kind.COMMAND.value}) <> (stream_version IS NULL)
            OR stream_version IS NOT NULL AND stream IS NULL
        """,
    ),
    invariant(
        "Whatever caused a message is in the log, before it and in the same workflow.",
        when="always",
        query="""
        SELECT m.id::text FROM events_message m LEFT JOIN events_message cause ON cause.id = m.causation_id
         WHERE m.causation_id IS NOT NULL
           AND (cause.id IS NULL OR cause.position >= m.position OR cause.correlation_id <> m.correlation_id)
        """,
    ),
    invariant(
        "Every message has one delivery for each handler that listened when it came.",
        when="always",
        query=f"""
        SELECT m.id::text
          FROM events_message m JOIN ({_LISTENS}) listens ON listens.message = m.name
          JOIN events_handler h ON h.name = listens.handler AND h.since < m.position
          LEFT JOIN events_message cause ON cause.id = m.causation_id AND cause.kind = {Kind.DECISION.value}
          LEFT JOIN events_delivery d ON d.message_id = m.id AND d.handler = listens.handler
         WHERE d.id IS NULL AND (listens.always OR cause.id IS NOT NULL)
        """,
    ),
    invariant(
        "Every delivery is of a message in the log, and done exactly if it says when.",
        when="always",
        query="""
        SELECT d.id::text FROM events_delivery d LEFT JOIN events_message m ON m.id = d.message_id
         WHERE m.id IS NULL OR (d.state = 1) <> (d.done_at IS NOT NULL)
        """,
    ),
)
