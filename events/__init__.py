"""Domain events, commands and their delivery, for any Django project.

Only pure names are offered here: Django imports this before its apps are loaded. What needs the database is in
`events.execution` (execute), `events.reader` and `events.replay`.
"""

from events.aggregates import Aggregate, applies
from events.errors import EventsError, Refusal
from events.handling import calls, handles, records, subscribe
from events.messages import Command, Decision, DomainEvent, command, decision, event
from events.money import Money
from events.policies import Backoff, Reject, TryLater
from events.unit import send, tell
from events.upcasting import upcasts

__all__ = [
    "Aggregate",
    "Backoff",
    "Command",
    "Decision",
    "DomainEvent",
    "EventsError",
    "Money",
    "Refusal",
    "Reject",
    "TryLater",
    "applies",
    "calls",
    "command",
    "decision",
    "event",
    "handles",
    "records",
    "send",
    "subscribe",
    "tell",
    "upcasts",
]
