"""A card processor in memory, that loses requests and answers when it is told to."""

from collections.abc import Callable
from uuid import UUID

from events import Money
from payments.errors import AlreadyCaptured, OutcomeUnknown, RequestRefused
from payments.events import CaptureFailureCode, Request
from payments.ledger import Entry, Statement
from tests.support.trouble import Trouble, carried


class FakeProcessor:
    """A `CardProcessor`; `trouble` is asked before each request. It authorises whatever it is asked to."""

    def __init__(self, trouble: Callable[[], Trouble] = lambda: Trouble.NONE) -> None:
        self._trouble = trouble
        self.ledger: dict[UUID, dict[Request, Entry]] = {}

    def authorise(
        self, *, key: str, order_id: UUID, payment_id: UUID, amount: Money, payment_method: str
    ) -> Statement:
        return self._carry(lambda: self._enter(Request.AUTHORISE, key, payment_id, amount))

    def capture(self, *, key: str, payment_id: UUID, amount: Money) -> Statement:
        return self._carry(lambda: self._captured(key, payment_id, amount))

    def void(self, *, key: str, payment_id: UUID) -> Statement:
        return self._carry(lambda: self._voided(key, payment_id))

    def refund(self, *, key: str, payment_id: UUID) -> Statement:
        captured = self.ledger[payment_id][Request.CAPTURE]
        return self._carry(lambda: self._enter(Request.REFUND, key, payment_id, captured.amount))

    def find(self, payment_id: UUID) -> Statement:
        return Statement(entries=tuple(self.ledger.get(payment_id, {}).values()))

    def _carry(self, request: Callable[[], Statement]) -> Statement:
        return carried(request, self._trouble(), OutcomeUnknown)

    def _captured(self, key: str, payment_id: UUID, amount: Money) -> Statement:
        done = self.ledger.get(payment_id, {})
        if Request.AUTHORISE not in done:
            raise RequestRefused(CaptureFailureCode.NOT_AUTHORISED)
        if Request.VOID in done:
            raise RequestRefused(CaptureFailureCode.VOIDED)
        return self._enter(Request.CAPTURE, key, payment_id, amount)

    def _voided(self, key: str, payment_id: UUID) -> Statement:
        done = self.ledger.get(payment_id, {})
        if Request.CAPTURE in done:
            raise AlreadyCaptured
        if Request.AUTHORISE not in done:
            return Statement()
        return self._enter(Request.VOID, key, payment_id, done[Request.AUTHORISE].amount)

    def _enter(self, kind: Request, key: str, payment_id: UUID, amount: Money) -> Statement:
        done = self.ledger.setdefault(payment_id, {})
        if kind not in done:
            done[kind] = Entry(kind=kind, key=key, amount=amount, provider_reference=f"{kind}-{key}")
        return self.find(payment_id)
