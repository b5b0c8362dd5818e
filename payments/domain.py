"""What does a payment decide? What became of it is what the card processor says, told fact by fact."""

from __future__ import annotations

from uuid import UUID

from events import Aggregate, Money, applies
from payments.commands import NO_CURRENCY
from payments.errors import LedgerContradictsItself
from payments.events import (
    CaptureFailureCode,
    FailureCode,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentFailed,
    PaymentOutcomeUnknown,
    PaymentProcessed,
    PaymentRefunded,
    PaymentVoided,
    Request,
)
from payments.ledger import Entry, Outcome, Refused, Statement, Unanswered
from payments.standing import Standing

_FACTS = {
    Request.AUTHORISE: PaymentProcessed,
    Request.CAPTURE: PaymentCaptured,
    Request.VOID: PaymentVoided,
    Request.REFUND: PaymentRefunded,
}
_KINDS = {fact: kind for kind, fact in _FACTS.items()}
# What may be at most as much as what.
_LIMITS = {
    Request.CAPTURE: Request.AUTHORISE,
    Request.VOID: Request.AUTHORISE,
    Request.REFUND: Request.CAPTURE,
}


class Payment(Aggregate):
    """Rules: 0 ≤ refunded ≤ captured ≤ authorised, in one currency; once void always void, even before it was anything."""

    category = "payments.payment"
    id_field = "payment_id"
    order_id: UUID | None = None
    statement = Statement()
    unanswered: tuple[Unanswered, ...] = ()
    failure: PaymentFailed | None = None
    is_void = False
    named = NO_CURRENCY

    @property
    def standing(self) -> Standing:
        void_was_asked_for = any(asked.request is Request.VOID for asked in self.unanswered)
        return Standing(
            may_be_authorised=not (
                self.is_void or void_was_asked_for or self.failure or self.statement.entries
            ),
            is_void=self.is_void or void_was_asked_for,
            unanswered=self.unanswered,
        )

    @property
    def is_held(self) -> bool:
        """Whether money is held or kept, as far as we have been told."""
        return bool(self.statement.entries) and not self.statement.undone

    def conclude(
        self, *, order_id: UUID, request: Request | None, outcome: Outcome, currency: str = NO_CURRENCY
    ) -> None:
        """Tell what the outcome of `request` means; None where the processor was only asked what it did.

        Whatever the processor did and we have not told is told now, asked for or not. What is known already is told
        again: whoever asks twice needs an answer twice. `currency` is that of who asks.
        """
        match outcome:
            case Statement():
                settled = [asked.request for asked in self.unanswered if asked.key in outcome.settles]
                told = self._take_over(order_id, outcome)
                for answered in dict.fromkeys([request, *settled]):
                    if answered not in told:
                        self._answer(order_id, answered, currency)
            case Refused() | Unanswered() if self._is_done(outcome.request):
                self._answer(order_id, outcome.request)
            case Refused():
                self._refuse(order_id, outcome)
            case Unanswered() if outcome.key not in {asked.key for asked in self.unanswered}:
                self._doubt(order_id, outcome)

    def tell_again(self, *, order_id: UUID) -> None:
        """Tell how the payment stands, to somebody who has missed it; nothing where nothing is known."""
        if self.is_void:
            self._answer(order_id, Request.VOID)
        elif self._is_done(Request.CAPTURE):
            self._answer(order_id, Request.CAPTURE)
        elif self.failure or self.statement.entries:
            self._answer(order_id, Request.AUTHORISE)

    def _is_done(self, request: Request) -> bool:
        undone = self.statement.undone
        return bool(undone) if request is Request.VOID else bool(self.statement.entry(request))

    def _take_over(self, order_id: UUID, statement: Statement) -> set[Request | None]:
        told: set[Request | None] = set()
        for kind in Request:
            entry = statement.entry(kind)
            if entry and entry != self.statement.entry(kind):
                self._check(entry)
                self._tell(order_id, entry)
                told.add(kind)
        return told

    def _check(self, entry: Entry) -> None:
        limit = self.statement.entry(_LIMITS[entry.kind]) if entry.kind in _LIMITS else entry
        fits = (
            self.statement.entry(entry.kind) is None
            and limit is not None
            and limit.amount.currency == entry.amount.currency
            and 0 <= entry.amount.amount_minor <= limit.amount.amount_minor
        )
        if not fits:
            raise LedgerContradictsItself(self.id, entry.key)

    def _tell(self, order_id: UUID, entry: Entry) -> None:
        fact = _FACTS[entry.kind]
        reference, key = entry.provider_reference, entry.key
        self.record(
            fact(
                order_id=order_id,
                payment_id=self.id,
                amount=entry.amount,
                provider_reference=reference,
                key=key,
            )
        )

    def _answer(self, order_id: UUID, request: Request | None, asked_in: str = NO_CURRENCY) -> None:
        entry = self.statement.entry(request) if request else None
        match request:
            case Request.AUTHORISE if self.statement.undone or not entry:
                code = self.failure.code if self.failure else FailureCode.TECHNICAL
                retryable = self.failure.retryable if self.failure else False
                self._refuse(order_id, Refused(request=request, code=code, retryable=retryable))
            case Request.CAPTURE if not entry:
                self._refuse(
                    order_id, Refused(request=request, code=CaptureFailureCode.VOIDED, retryable=False)
                )
            case Request.VOID if not entry and not self.is_held:
                refund = self.statement.entry(Request.REFUND)
                currency = self.currency if self.currency != NO_CURRENCY else asked_in
                amount = refund.amount if refund else Money(0, currency)
                self.record(PaymentVoided(order_id=order_id, payment_id=self.id, amount=amount))
            case _ if entry:
                self._tell(order_id, entry)

    def _refuse(self, order_id: UUID, refused: Refused) -> None:
        retryable = refused.retryable
        if refused.request is Request.CAPTURE:
            why = CaptureFailureCode(refused.code)
            self.record(
                PaymentCaptureFailed(order_id=order_id, payment_id=self.id, code=why, retryable=retryable)
            )
        else:
            code = FailureCode(refused.code)
            self.record(PaymentFailed(order_id=order_id, payment_id=self.id, code=code, retryable=retryable))

    def _doubt(self, order_id: UUID, asked: Unanswered) -> None:
        self.record(
            PaymentOutcomeUnknown(
                order_id=order_id,
                payment_id=self.id,
                request=asked.request,
                key=asked.key,
                amount=asked.amount,
                payment_method=asked.payment_method,
            )
        )

    @property
    def currency(self) -> str:
        amounts = [entry.amount for entry in self.statement.entries] + [
            asked.amount for asked in self.unanswered
        ]
        return next((amount.currency for amount in amounts if amount is not None), self.named)

    @applies(PaymentProcessed, PaymentCaptured, PaymentRefunded, PaymentVoided)
    def _done(self, event: PaymentProcessed | PaymentCaptured | PaymentRefunded | PaymentVoided) -> None:
        kind = _KINDS[type(event)]
        self.order_id = event.order_id
        self.is_void = self.is_void or kind is Request.VOID
        self.named = event.amount.currency
        self._settle(kind)
        if event.key and event.provider_reference and not self.statement.entry(kind):
            entry = Entry(
                kind=kind, key=event.key, amount=event.amount, provider_reference=event.provider_reference
            )
            self.statement = Statement(entries=(*self.statement.entries, entry))

    @applies(PaymentFailed)
    def _failed(self, event: PaymentFailed) -> None:
        self.order_id = event.order_id
        self.failure = event
        self._settle(Request.AUTHORISE)

    @applies(PaymentCaptureFailed)
    def _capture_failed(self, event: PaymentCaptureFailed) -> None:
        self.order_id = event.order_id
        self._settle(Request.CAPTURE)

    @applies(PaymentOutcomeUnknown)
    def _unknown(self, event: PaymentOutcomeUnknown) -> None:
        self.order_id = event.order_id
        asked = Unanswered(
            request=event.request, key=event.key, amount=event.amount, payment_method=event.payment_method
        )
        self.unanswered = (*self.unanswered, asked)

    def _settle(self, request: Request) -> None:
        self.unanswered = tuple(asked for asked in self.unanswered if asked.request is not request)
