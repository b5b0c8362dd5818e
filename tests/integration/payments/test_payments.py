"""Payments on the real log, with the sandbox processor's real ledger."""

import pytest

from events import Money
from payments import sandbox_ledger
from payments.events import (
    CaptureFailureCode,
    FailureCode,
    PaymentCaptureFailed,
    PaymentFailed,
    PaymentVoided,
)
from payments.models import Payment, SandboxEntry
from tests.integration.payments.till import (
    AMOUNT,
    ORDER,
    PAYMENT,
    capture,
    charged,
    facts,
    process,
    reconcile,
    settled,
    void,
)
from tests.support.carrying import carried, killed_before_recording, sent, told

pytestmark = pytest.mark.django_db


def test_authorised_amount_is_captured_once():
    settled(process())
    settled(capture())

    assert facts() == ["PaymentProcessed", "PaymentCaptured"]
    assert charged() == ["authorise", "capture"]
    assert Payment.objects.get(pk=PAYMENT).status == Payment.Status.CAPTURED


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_declined", FailureCode.DECLINED),
        ("tok_expired", FailureCode.EXPIRED),
        ("tok_insufficient_funds", FailureCode.INSUFFICIENT_FUNDS),
        ("tok_fraud", FailureCode.FRAUD),
        ("tok_nobody_knows", FailureCode.TECHNICAL),
    ],
)
def test_refused_card_fails_the_payment_and_leaves_no_entry(token, code):
    settled(process(token))

    (failed,) = told(ORDER, about="payments.")
    assert isinstance(failed, PaymentFailed)
    assert failed.code == code
    assert charged() == []


@pytest.mark.parametrize("token", ["tok_timeout_charged", "tok_timeout_not_charged"])
def test_authorisation_without_an_answer_is_reconciled_to_one_charge(token):
    settled(process(token))

    assert facts() == ["PaymentOutcomeUnknown", "PaymentProcessed"]
    assert charged() == ["authorise"]
    unknown, processed = told(ORDER, about="payments.")
    assert unknown.key == processed.key == SandboxEntry.objects.get().key


@pytest.mark.parametrize("token", ["tok_capture_timeout_charged", "tok_capture_timeout_not_charged"])
def test_capture_without_an_answer_is_reconciled_to_one_capture(token):
    settled(process(token))
    settled(capture())

    assert facts() == ["PaymentProcessed", "PaymentOutcomeUnknown", "PaymentCaptured"]
    assert charged() == ["authorise", "capture"]


def test_slow_answer_is_an_answer():
    settled(process("tok_slow"))

    assert facts() == ["PaymentProcessed"]


def test_refused_capture_leaves_the_authorisation_to_be_voided():
    settled(process("tok_capture_declined"))
    settled(capture())
    settled(void())

    assert facts() == ["PaymentProcessed", "PaymentCaptureFailed", "PaymentVoided"]
    assert charged() == ["authorise", "void"]


def test_capture_of_what_was_never_authorised_fails():
    settled(capture())

    (failed,) = told(ORDER, about="payments.")
    assert isinstance(failed, PaymentCaptureFailed)
    assert failed.code is CaptureFailureCode.NOT_AUTHORISED


def test_worker_killed_between_call_and_record_charges_once():
    sent(process())

    killed_before_recording()
    assert charged() == ["authorise"]
    assert facts() == []
    settled()

    assert facts() == ["PaymentProcessed"]
    assert charged() == ["authorise"]


def test_void_while_the_authorisation_is_answered_but_not_recorded_undoes_it():
    sent(process())

    killed_before_recording()
    settled(void())

    assert charged() == ["authorise", "void"]
    assert Payment.objects.get(pk=PAYMENT).status == Payment.Status.VOID


def test_void_of_what_never_happened_undoes_nothing_and_refuses_it_for_ever():
    settled(void())
    settled(process())

    assert facts() == ["PaymentVoided", "PaymentFailed"]
    assert told(ORDER, about="payments.")[0].amount == Money(0, "GBP")
    assert charged() == []


def test_void_tells_what_it_undid():
    settled(process())
    settled(void())

    voided = told(ORDER, about="payments.")[-1]
    assert isinstance(voided, PaymentVoided)
    assert voided.amount == AMOUNT
    assert charged() == ["authorise", "void"]


@pytest.mark.parametrize("token", ["tok_ok", "tok_slow", "tok_timeout_charged", "tok_timeout_not_charged"])
def test_void_that_overtakes_the_authorisation_leaves_nothing_held(token):
    settled(process(token), void())

    assert charged() in ([], ["authorise", "void"])
    assert Payment.objects.get(pk=PAYMENT).status == Payment.Status.VOID


def test_void_of_captured_money_is_a_refund():
    settled(process())
    settled(capture())
    settled(void())

    assert facts() == ["PaymentProcessed", "PaymentCaptured", "PaymentRefunded", "PaymentVoided"]
    assert told(ORDER, about="payments.")[-1].amount == AMOUNT
    assert charged() == ["authorise", "capture", "refund"]
    assert Payment.objects.get(pk=PAYMENT).status == Payment.Status.REFUNDED


@pytest.mark.parametrize("again", [process, capture, void, reconcile])
def test_what_is_asked_again_is_answered_again_and_done_once(again):
    settled(process())
    settled(*([capture()] if again is capture else [void()] if again is void else []))
    done, before = charged(), facts()

    settled(again())

    assert charged() == done
    assert facts() == [*before, before[-1]]


def test_two_requests_for_one_payment_at_once_charge_once():
    settled(process(), process())

    assert charged() == ["authorise"]
    assert facts() == ["PaymentProcessed", "PaymentProcessed"]


def test_question_about_a_payment_that_nobody_knows_is_no_answer():
    settled(reconcile())

    assert facts() == []


def test_question_of_our_own_comes_back_until_it_is_answered(monkeypatch):
    sent(process("tok_timeout_not_charged"))
    carried(rounds=1)
    monkeypatch.setattr(sandbox_ledger, "is_first_time", lambda key: True)
    carried(rounds=3)
    assert facts() == ["PaymentOutcomeUnknown"]

    monkeypatch.undo()
    settled()

    assert facts() == ["PaymentOutcomeUnknown", "PaymentProcessed"]
    assert charged() == ["authorise"]
