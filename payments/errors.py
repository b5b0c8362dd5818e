"""What can go wrong with a card processor?

PaymentError
├── OutcomeUnknown            no answer in time: it may have been done, or not
├── ProcessorUnavailable      it was certainly not done; worth another try
├── RequestRefused            it was certainly not done, and never will be
├── AlreadyCaptured           what should be voided was taken: it can be refunded only
├── KeyReused                 an idempotency key came with another request
└── LedgerContradictsItself   the processor says what cannot be
"""

from __future__ import annotations

from uuid import UUID


class PaymentError(Exception):
    """Root of all errors of this context."""


class OutcomeUnknown(PaymentError):
    """The processor did not answer in time; ask again with the same key."""


class ProcessorUnavailable(PaymentError):
    """The processor could not be reached, so nothing was done; try again later."""


class RequestRefused(PaymentError):
    """The processor said no. `code` is one of `FailureCode` or `CaptureFailureCode`."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, tuple[str], dict[str, bool]]:
        return type(self), (self.code,), {"retryable": self.retryable}


class AlreadyCaptured(PaymentError):
    """The authorisation was captured and can no longer be voided."""


class KeyReused(PaymentError):
    """The same idempotency key was sent with other parameters: a mistake of ours, nothing was done."""

    def __init__(self, key: str) -> None:
        super().__init__(f"key {key} was used for another request; the processor did nothing")
        self.key = key

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return type(self), (self.key,)


class LedgerContradictsItself(PaymentError):
    """An amount or a currency that breaks 0 ≤ refunded ≤ captured ≤ authorised; somebody has to talk to the processor."""

    def __init__(self, payment_id: UUID, key: str) -> None:
        super().__init__(
            f"the processor's entry {key} of payment {payment_id} does not fit what it said before; nothing was recorded. "
            "Clear it up with the processor, then replay this message."
        )
        self.payment_id = payment_id
        self.key = key

    def __reduce__(self) -> tuple[object, tuple[UUID, str]]:
        return type(self), (self.payment_id, self.key)
