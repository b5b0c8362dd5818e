"""How does the log look to others? As CloudEvents 1.0 in the JSON format, with extensions of ours.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from events.messages import Envelope

# A URI-reference that never changes: source and id together name a message among all that a reader may collect.
SOURCE = "/saga-orchestration/log"


def cloud_event(envelope: Envelope) -> dict[str, Any]:
    """The message, event or command, as it would be said today. What does not apply is left out."""
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": SOURCE,
        "type": envelope.name,
        # A command that changes no aggregate addresses what it is about.
        "subject": envelope.stream or envelope.key,
        "time": _rfc3339(envelope.occurred_at),
        "datacontenttype": "application/json",
        "kind": envelope.kind.label,
        "position": envelope.position,
        "dataversion": envelope.payload.message_type.version,
        "correlationid": str(envelope.correlation_id),
        "causationid": str(envelope.causation_id) if envelope.causation_id else None,
        "data": envelope.payload,
    }
    return {name: value for name, value in told.items() if value is not None}


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
