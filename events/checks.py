"""Which declarations cannot work? Found when Django starts, each with an id and a hint.

events.E001 a version without upcaster      events.E002 a call that nobody records
events.E003 a command without handler       events.E004 a lane group that does not exist
events.E005 an event named after machinery  events.E006 an unreasonable setting of lanes
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from events.errors import NoHandler
from events.handling import calls_without_record
from events.messages import Kind, message_types
from events.registry import registry
from events.upcasting import missing_upcasters

# Of the article: an event speaks of the business, not of rows, logins or connections; it is told, not ordered.
_MACHINERY = re.compile(
    r"(Row|Table|Record|Database|Cache|Connection|Login|LoggedIn)(?![a-z])|(Updated|Inserted|Saved|Deleted)$"
)
_MOST_LANES = 1024


@register()
def declarations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """All mistakes in declarations of messages and handlers."""
    return [*_messages(), *_handlers(), *_lanes()]


def _messages() -> Iterator[CheckMessage]:
    for declared in message_types():
        for version in missing_upcasters(declared):
            yield Error(
                f"{declared.name} is at version {declared.version}, but version {version} cannot be lifted.",
                hint=f"Declare @upcasts({declared.payload.__name__}, from_version={version}).",
                id="events.E001",
            )
        if declared.kind is Kind.COMMAND:
            try:
                registry.obeying(declared.name)
            except NoHandler:
                yield Error(
                    f"Nobody obeys the command {declared.name}.",
                    hint=f"Declare @handles({declared.payload.__name__}) in a handlers.py, or delete the command.",
                    id="events.E003",
                )
        if declared.kind is Kind.EVENT and _MACHINERY.search(declared.payload.__name__):
            yield Error(
                f"{declared.payload.__name__} names machinery, not something that happened in the business.",
                hint="Name what happened in the past tense, in the words of those whose business it is.",
                id="events.E005",
            )


def _handlers() -> Iterator[CheckMessage]:
    for name in calls_without_record():
        yield Error(f"The call for {name} is never recorded.", hint="Add @records for it.", id="events.E002")
    for handler in registry:
        if handler.lane_group not in settings.EVENTS_LANE_GROUPS:
            yield Error(
                f"{handler.name} names the lane group {handler.lane_group!r}, which does not exist.",
                hint="Add it at the end of EVENTS_LANE_GROUPS, then run migrate.",
                id="events.E004",
            )


def _lanes() -> Iterator[CheckMessage]:
    groups = settings.EVENTS_LANE_GROUPS
    if "default" not in groups or min(groups.values()) < 1 or sum(groups.values()) > _MOST_LANES:
        yield Error(
            "EVENTS_LANE_GROUPS needs a group 'default', and 1 or more lanes in each group.",
            hint=f"For example {{'default': 8}}; at most {_MOST_LANES} lanes in all.",
            id="events.E006",
        )
