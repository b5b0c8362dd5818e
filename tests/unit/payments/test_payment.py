"""What a payment makes of what its processor says."""

from uuid import UUID

import pytest

from events import Money
from payments.domain import Payment
from payments.errors import LedgerContradictsItself
from payments.events import (
    CaptureFailureCode,
    FailureCode,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentFailed,
    PaymentOutcomeUnknown,
    PaymentProcessed,
    PaymentVoided,
    Request,
)
from payments.ledger import Entry, Refused, Statement, Unanswered

ORDER, PAYMENT = UUID(int=1), UUID(int=2)
AUTHORISED, CAPTURED, VOIDED = (
    Entry(kind=kind, key=kind, amount=Money(1999, "GBP"), provider_reference=f"ref {kind}")
    for kind in (Request.AUTHORISE, Request.CAPTURE, Request.VOID)
)


@pytest.fixture
def payment():
    return Payment(PAYMENT)


def conclude(payment, request, outcome):
    """What was told of it."""
    before = len(payment.recorded)
    payment.conclude(order_id=ORDER, request=request, outcome=outcome)
    return payment.recorded[before:]


def stated(*entries, settles=()):
    return Statement(entries=entries, settles=settles)


def unanswered(request, key="k1"):
    return Unanswered(request=request, key=key, amount=Money(1999, "GBP"), payment_method="tok_ok")


def test_authorisation_is_told_again_to_whoever_asks_again(payment):
    (first,) = conclude(payment, Request.AUTHORISE, stated(AUTHORISED))
    (second,) = conclude(payment, Request.AUTHORISE, stated(AUTHORISED))

    assert first == second
    assert isinstance(first, PaymentProcessed)


def test_refusal_stands_for_ever(payment):
    refused = Refused(request=Request.AUTHORISE, code="declined", retryable=True)
    (failed,) = conclude(payment, Request.AUTHORISE, refused)

    assert failed == PaymentFailed(
        order_id=ORDER, payment_id=PAYMENT, code=FailureCode.DECLINED, retryable=True
    )
    assert not payment.standing.may_be_authorised
    assert conclude(payment, Request.AUTHORISE, stated()) == [failed]


def test_request_without_an_answer_is_doubted_once_and_repeated_with_its_key(payment):
    (unknown,) = conclude(payment, Request.AUTHORISE, unanswered(Request.AUTHORISE))

    assert isinstance(unknown, PaymentOutcomeUnknown)
    assert conclude(payment, Request.AUTHORISE, unanswered(Request.AUTHORISE)) == []
    assert payment.standing.key_for(Request.AUTHORISE, new="k2") == "k1"


def test_late_silence_about_what_is_known_is_no_doubt(payment):
    (told,) = conclude(payment, Request.AUTHORISE, stated(AUTHORISED))

    assert conclude(payment, Request.AUTHORISE, unanswered(Request.AUTHORISE)) == [told]
    assert payment.unanswered == ()


def test_statement_tells_all_that_was_missed_in_its_order(payment):
    told = conclude(payment, Request.CAPTURE, stated(AUTHORISED, CAPTURED))

    assert [type(fact) for fact in told] == [PaymentProcessed, PaymentCaptured]


def test_void_of_nothing_is_remembered_and_refuses_the_late_original(payment):
    (voided,) = conclude(payment, Request.VOID, stated())
    (failed,) = conclude(payment, Request.AUTHORISE, stated())

    assert voided == PaymentVoided(order_id=ORDER, payment_id=PAYMENT, amount=Money(0, "XXX"))
    assert isinstance(failed, PaymentFailed)
    assert not payment.standing.may_be_authorised


def test_void_is_not_told_while_money_is_held(payment):
    conclude(payment, Request.AUTHORISE, stated(AUTHORISED))

    assert conclude(payment, Request.VOID, stated()) == []
    assert payment.is_held


def test_late_authorisation_of_a_void_payment_is_told_and_held(payment):
    conclude(payment, Request.VOID, stated())

    (told,) = conclude(payment, Request.AUTHORISE, stated(AUTHORISED))

    assert isinstance(told, PaymentProcessed)
    assert payment.is_held
    (voided,) = conclude(payment, Request.VOID, stated(AUTHORISED, VOIDED))
    assert voided.amount == Money(1999, "GBP")
    assert not payment.is_held


def test_capture_of_a_void_payment_fails(payment):
    conclude(payment, Request.VOID, stated(AUTHORISED, VOIDED))

    (failed,) = conclude(payment, Request.CAPTURE, stated(AUTHORISED, VOIDED))

    assert isinstance(failed, PaymentCaptureFailed)
    assert failed.code is CaptureFailureCode.VOIDED


def test_statement_answers_only_the_doubts_that_it_settles(payment):
    conclude(payment, Request.AUTHORISE, unanswered(Request.AUTHORISE))
    conclude(payment, Request.VOID, stated())
    assert payment.unanswered

    (failed,) = conclude(payment, None, stated(settles=("k1",)))

    assert isinstance(failed, PaymentFailed)
    assert payment.unanswered == ()


@pytest.mark.parametrize(
    "wrong",
    [
        Entry(kind=Request.CAPTURE, key="c", amount=Money(2000, "GBP"), provider_reference="r"),
        Entry(kind=Request.CAPTURE, key="c", amount=Money(1999, "EUR"), provider_reference="r"),
        Entry(kind=Request.REFUND, key="c", amount=Money(1, "GBP"), provider_reference="r"),
        Entry(kind=Request.AUTHORISE, key="other", amount=Money(1999, "GBP"), provider_reference="r"),
        Entry(kind=Request.CAPTURE, key="c", amount=Money(-1, "GBP"), provider_reference="r"),
    ],
)
def test_ledger_that_contradicts_itself_is_not_taken_over(payment, wrong):
    conclude(payment, Request.AUTHORISE, stated(AUTHORISED))

    with pytest.raises(LedgerContradictsItself):
        conclude(payment, Request.CAPTURE, stated(wrong))


def test_replayed_history_leads_to_the_same_payment(payment):
    conclude(payment, Request.AUTHORISE, unanswered(Request.AUTHORISE))
    conclude(payment, None, stated(AUTHORISED, settles=("k1",)))
    conclude(payment, Request.CAPTURE, stated(AUTHORISED, CAPTURED))
    replayed = Payment(PAYMENT)

    for fact in [*payment.recorded, *payment.recorded[1:]]:
        replayed.apply(fact)

    assert replayed.statement == payment.statement
    assert (replayed.unanswered, replayed.failure, replayed.is_void) == ((), None, False)
