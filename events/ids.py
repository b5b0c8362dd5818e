"""Where do new ids come from?"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from uuid_utils.compat import uuid7

Ids = Callable[[], UUID]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ordered by time, so that index pages stay warm."""
    return uuid7()
