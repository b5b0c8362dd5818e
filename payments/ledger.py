"""What does the card processor say? Its ledger is the truth about money outside; ours has to become equal to it."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from events import Money
from payments.events import Request


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the processor has done, under the idempotency key with which it was asked."""

    kind: Request
    key: str
    amount: Money
    provider_reference: str


class Statement(msgspec.Struct, frozen=True, kw_only=True, tag="statement"):
    """All that the processor has done for one payment: at most one entry of each kind.

    `settles` are the keys of unanswered requests to which this is the answer: what is not among the entries was not done.
    """

    entries: tuple[Entry, ...] = ()
    settles: tuple[str, ...] = ()

    def entry(self, kind: Request) -> Entry | None:
        return next((entry for entry in self.entries if entry.kind is kind), None)

    @property
    def undone(self) -> Entry | None:
        """The entry by which nothing is held or kept any more."""
        return self.entry(Request.VOID) or self.entry(Request.REFUND)


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The processor said no; nothing was done. `code` is a `FailureCode` or a `CaptureFailureCode`."""

    request: Request
    code: str
    retryable: bool


class Unanswered(msgspec.Struct, frozen=True, kw_only=True, tag="unanswered"):
    """A request that was sent and not answered: it may have been done, and may be repeated with this key only."""

    request: Request
    key: str
    amount: Money | None = None
    payment_method: str | None = None


Outcome: TypeAlias = Statement | Refused | Unanswered
