"""Whatever is lost, doubled, reordered or killed: one charge at most, and nothing held after a void."""

from uuid import UUID

import pytest

from events import Money
from payments import handlers
from payments.commands import CapturePayment, ProcessPayment, VoidPayment
from payments.domain import Payment
from payments.events import (
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentFailed,
    PaymentProcessed,
    PaymentVoided,
)
from tests.support.histories import all_histories
from tests.support.processor import FakeProcessor

ORDER, PAYMENT, AMOUNT = UUID(int=1), UUID(int=2), Money(1999, "GBP")
IDS = {"order_id": ORDER, "payment_id": PAYMENT}
PROCESS = ProcessPayment(**IDS, amount=AMOUNT, payment_method="tok_ok")
CAPTURE = CapturePayment(**IDS, amount=AMOUNT)
VOID = VoidPayment(order_id=IDS["order_id"], payment_id=IDS["payment_id"])
ANSWERS: dict[type, tuple[type, ...]] = {
    ProcessPayment: (PaymentProcessed, PaymentFailed),
    CapturePayment: (PaymentCaptured, PaymentCaptureFailed),
    VoidPayment: (PaymentVoided,),
}


@pytest.mark.parametrize(
    ("commands", "troubles"),
    [
        ([PROCESS], 3),
        ([PROCESS, PROCESS], 2),
        ([VOID], 2),
        ([PROCESS, VOID], 2),
        ([PROCESS, CAPTURE], 2),
        ([CAPTURE, VOID], 1),
        ([PROCESS, VOID, VOID], 0),
        ([PROCESS, CAPTURE, VOID], 0),
    ],
    ids=lambda value: (
        "+".join(type(each).__name__ for each in value) if isinstance(value, list) else str(value)
    ),
)
def test_every_history_ends_with_equal_ledgers_and_an_answer_to_each_command(commands, troubles, monkeypatch):
    def make(trouble):
        processor = FakeProcessor(trouble)
        monkeypatch.setattr(handlers, "card_processor", lambda: processor)
        return processor

    for history in all_histories(*commands, troubles=troubles, make=make):
        payment, theirs = history.aggregate(Payment, PAYMENT), history.world.find(PAYMENT)

        assert payment.statement.entries == theirs.entries
        assert payment.unanswered == ()
        assert not (VOID in commands and theirs.entries and not theirs.undone)
        for command in commands:
            assert any(isinstance(fact, ANSWERS[type(command)]) for fact in history.told()), command
