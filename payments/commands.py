"""What payments can be asked. Whoever asks chooses the payment's id: it is also our reference at the card processor."""

from uuid import UUID

from events import Command, Money, command

# ISO 4217: no currency.
NO_CURRENCY = "XXX"


@command("payments.process_payment")
class ProcessPayment(Command):
    """Have the amount authorised → PaymentProcessed, PaymentFailed, PaymentOutcomeUnknown."""

    order_id: UUID
    payment_id: UUID
    amount: Money
    payment_method: str


@command("payments.capture_payment")
class CapturePayment(Command):
    """Take the amount that was authorised → PaymentCaptured, PaymentCaptureFailed, PaymentOutcomeUnknown."""

    order_id: UUID
    payment_id: UUID
    amount: Money


@command("payments.void_payment")
class VoidPayment(Command):
    """Undo the payment, whatever became of it, and refuse it for ever → PaymentVoided, PaymentOutcomeUnknown.

    `currency` is the order's: that nothing was undone is told in it where the payment never named one.
    """

    order_id: UUID
    payment_id: UUID
    currency: str = NO_CURRENCY


@command("payments.reconcile_payment")
class ReconcilePayment(Command):
    """Ask the processor what became of the payment, and tell it.

    With a `key` it is asked again and again until the outcome of that request is known; without one, once.
    """

    order_id: UUID
    payment_id: UUID
    key: str | None = None
