"""What payments tells.

A fact that names a `key` is an entry of the card processor's ledger, made under that idempotency key. Whoever asks for what
was done already is told the same fact again, with the same key: so count money by key, never by message.
"""

from enum import StrEnum
from uuid import UUID

from events import DomainEvent, Money, event


class Request(StrEnum):
    """What a card processor can be asked to do; also the kinds of entries in its ledger."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class FailureCode(StrEnum):
    """Why there will be no money under this payment."""

    DECLINED = "declined"
    EXPIRED = "expired"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    FRAUD = "fraud"
    TECHNICAL = "technical"


class CaptureFailureCode(StrEnum):
    """Why an authorised amount could not be taken."""

    DECLINED = "declined"
    NOT_AUTHORISED = "not_authorised"
    VOIDED = "voided"
    EXCEEDS_AUTHORISATION = "exceeds_authorisation"


@event("payments.payment_processed")
class PaymentProcessed(DomainEvent):
    """The card processor holds the amount for us: authorised, not taken yet."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    provider_reference: str
    key: str


@event("payments.payment_failed")
class PaymentFailed(DomainEvent):
    """There is no money under this payment and never will be; another payment may be worth a try if `retryable`."""

    order_id: UUID
    payment_id: UUID
    code: FailureCode
    retryable: bool


@event("payments.payment_outcome_unknown")
class PaymentOutcomeUnknown(DomainEvent):
    """The processor did not answer in time: it may have done what was requested, or not. It is asked until that is known."""

    order_id: UUID
    payment_id: UUID
    request: Request
    key: str
    amount: Money | None = None
    payment_method: str | None = None


@event("payments.payment_captured")
class PaymentCaptured(DomainEvent):
    """The money is ours: taken from what was authorised."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    provider_reference: str
    key: str


@event("payments.payment_capture_failed")
class PaymentCaptureFailed(DomainEvent):
    """Nothing was taken, and that is certain."""

    order_id: UUID
    payment_id: UUID
    code: CaptureFailureCode
    retryable: bool


@event("payments.payment_voided")
class PaymentVoided(DomainEvent):
    """Nothing is held or kept under this payment any more, and nothing ever will be.

    `amount` is what was really undone, 0 where nothing had happened (currency XXX where none was ever named). `key` is
    that of the void; there is none where nothing was held, or where money that was taken already went back as a refund.
    """

    order_id: UUID
    payment_id: UUID
    amount: Money
    provider_reference: str | None = None
    key: str | None = None


@event("payments.payment_refunded")
class PaymentRefunded(DomainEvent):
    """Money that was taken went back to the customer."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    provider_reference: str
    key: str
