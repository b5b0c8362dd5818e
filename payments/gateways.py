"""How is a card processor reached? Behind a Protocol; the built-in one is the sandbox."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from events import Money
from payments.ledger import Statement
from payments.sandbox import SandboxProcessor


class CardProcessor(Protocol):
    """A processor that honours idempotency keys and knows a payment by our reference, its id.

    The same key does the same thing once, for ever; of each kind of request a payment has at most one, so that another
    key is answered with what the first one did. A refused request uses no key up. Everything but `find` may raise
    `OutcomeUnknown`, and everything `ProcessorUnavailable`.
    """

    def authorise(
        self, *, key: str, order_id: UUID, payment_id: UUID, amount: Money, payment_method: str
    ) -> Statement:
        """Hold the amount. Raises `RequestRefused`."""
        ...

    def capture(self, *, key: str, payment_id: UUID, amount: Money) -> Statement:
        """Take what is held. Raises `RequestRefused`."""
        ...

    def void(self, *, key: str, payment_id: UUID) -> Statement:
        """Let go what is held; an empty statement where nothing is. Raises `AlreadyCaptured`."""
        ...

    def refund(self, *, key: str, payment_id: UUID) -> Statement:
        """Give back all that was taken. Raises `RequestRefused`."""
        ...

    def find(self, payment_id: UUID) -> Statement:
        """All that was done for the payment; empty where it never arrived."""
        ...


def card_processor() -> CardProcessor:
    """The processor that payments are made with."""
    return SandboxProcessor()
