"""What has a call to know of a payment before it asks the processor for anything?"""

from __future__ import annotations

from dataclasses import dataclass

from payments.events import Request
from payments.ledger import Statement, Unanswered


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a payment stands: a copy that no other thread changes."""

    may_be_authorised: bool
    is_void: bool
    unanswered: tuple[Unanswered, ...]

    def open(self, request: Request) -> Unanswered | None:
        return next((asked for asked in self.unanswered if asked.request is request), None)

    def key_for(self, request: Request, new: str) -> str:
        """The key to ask with: while a request is unanswered never a new one."""
        asked = self.open(request)
        return asked.key if asked else new

    def to_repeat(self, statement: Statement) -> Unanswered | None:
        """The unanswered request that was not done, as the statement shows, and still is to be."""
        is_held = bool(statement.entries) and not statement.undone
        if self.is_void:
            return self.open(Request.VOID) if is_held else None
        if not statement.entries:
            return self.open(Request.AUTHORISE)
        return self.open(Request.CAPTURE) if is_held and not statement.entry(Request.CAPTURE) else None
