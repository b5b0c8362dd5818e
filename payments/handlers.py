"""How do payments obey? Each command is a call to the card processor and the record of what it answered.

Asked again for what is done already, a payment tells the same fact again (with the same key): a saga needs its answer, and
takes a doubled one for what it is. Once void, a payment is only looked up and never again authorised; an authorisation that
was on its way meanwhile is told and voided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import msgspec

from events import Backoff, TryLater, calls, records, send, store
from events.registry import Need
from events.unit import current_unit
from payments.commands import NO_CURRENCY, CapturePayment, ProcessPayment, ReconcilePayment, VoidPayment
from payments.domain import Payment
from payments.errors import AlreadyCaptured, OutcomeUnknown, ProcessorUnavailable, RequestRefused
from payments.events import Request
from payments.gateways import card_processor
from payments.ledger import Outcome, Refused, Statement, Unanswered
from payments.standing import Standing

_TIMEOUT = timedelta(seconds=20)
_FIRST_ASK = timedelta(seconds=1)
_LONGEST = timedelta(minutes=10)
_PATIENT = Backoff(attempts=12, cap=timedelta(minutes=5))

_PaymentCommand: TypeAlias = ProcessPayment | CapturePayment | VoidPayment | ReconcilePayment


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """How a payment stands, and how long to wait if its processor still does not say."""

    payment: Standing
    patience: timedelta


def _needs(command: _PaymentCommand) -> Iterable[Need]:
    return [(Payment, command.payment_id)]


def _standing(command: _PaymentCommand) -> Standing:
    return store.load(Payment, command.payment_id).standing


def _reconciliation(command: ReconcilePayment) -> Reconciliation:
    """The longer it has taken, the longer it may take: the same time again, from a second to ten minutes."""
    unit = current_unit()
    age = unit.now() - unit.cause.occurred_at if unit.cause else _FIRST_ASK
    return Reconciliation(payment=_standing(command), patience=min(max(age, _FIRST_ASK), _LONGEST))


@calls(ProcessPayment, outcome=Outcome, timeout=_TIMEOUT, needs=_needs, prepare=_standing)
def authorise(command: ProcessPayment, key: str, payment: Standing) -> Outcome:
    if not payment.may_be_authorised:
        return card_processor().find(command.payment_id)
    asked = Unanswered(
        request=Request.AUTHORISE,
        key=payment.key_for(Request.AUTHORISE, new=key),
        amount=command.amount,
        payment_method=command.payment_method,
    )
    return _ask(command, asked)


@records(ProcessPayment, on=Payment, backoff=_PATIENT)
def authorised(command: ProcessPayment, outcome: Outcome) -> None:
    _conclude(command, Request.AUTHORISE, outcome)


@calls(CapturePayment, outcome=Outcome, timeout=_TIMEOUT, needs=_needs, prepare=_standing)
def capture(command: CapturePayment, key: str, payment: Standing) -> Outcome:
    if payment.is_void:
        return card_processor().find(command.payment_id)
    new = payment.key_for(Request.CAPTURE, new=key)
    return _ask(command, Unanswered(request=Request.CAPTURE, key=new, amount=command.amount))


@records(CapturePayment, on=Payment, backoff=_PATIENT)
def captured(command: CapturePayment, outcome: Outcome) -> None:
    _conclude(command, Request.CAPTURE, outcome)


@calls(VoidPayment, outcome=Outcome, timeout=_TIMEOUT, needs=_needs, prepare=_standing)
def void(command: VoidPayment, key: str, payment: Standing) -> Outcome:
    return _ask(command, Unanswered(request=Request.VOID, key=payment.key_for(Request.VOID, new=key)))


@records(VoidPayment, on=Payment, backoff=_PATIENT)
def voided(command: VoidPayment, outcome: Outcome) -> None:
    _conclude(command, Request.VOID, outcome)


@calls(ReconcilePayment, outcome=Outcome, timeout=2 * _TIMEOUT, needs=_needs, prepare=_reconciliation)
def reconcile(command: ReconcilePayment, key: str, prepared: Reconciliation) -> Outcome:
    """Our own question comes back until it is answered; anybody else's is asked once, so that they do not pile up."""
    try:
        outcome = _resolve(command, prepared.payment)
    except ProcessorUnavailable as error:
        if command.key is None:
            raise
        raise TryLater(prepared.patience, str(error)) from error
    if isinstance(outcome, Unanswered) and command.key is not None:
        raise TryLater(prepared.patience, f"the processor does not say what became of {command.key}")
    return outcome


@records(ReconcilePayment, on=Payment, backoff=_PATIENT)
def reconciled(command: ReconcilePayment, outcome: Outcome) -> None:
    _conclude(command, None, outcome)


def _resolve(command: ReconcilePayment, payment: Standing) -> Outcome:
    """Ask what was done; ask again, with its key, for what was not and still is to be."""
    statement = card_processor().find(command.payment_id)
    asked = payment.to_repeat(statement)
    outcome = _ask(command, asked) if asked else statement
    if isinstance(outcome, Statement):
        return msgspec.structs.replace(outcome, settles=tuple(asked.key for asked in payment.unanswered))
    return outcome


def _ask(command: _PaymentCommand, asked: Unanswered) -> Outcome:
    processor, key, payment_id = card_processor(), asked.key, command.payment_id
    try:
        if asked.request is Request.VOID:
            try:
                return processor.void(key=key, payment_id=payment_id)
            except AlreadyCaptured:
                return processor.refund(key=key, payment_id=payment_id)
        assert asked.amount is not None
        if asked.request is Request.CAPTURE:
            return processor.capture(key=key, payment_id=payment_id, amount=asked.amount)
        assert asked.payment_method is not None
        return processor.authorise(
            key=key,
            order_id=command.order_id,
            payment_id=payment_id,
            amount=asked.amount,
            payment_method=asked.payment_method,
        )
    except OutcomeUnknown:
        return asked
    except RequestRefused as refusal:
        return Refused(request=asked.request, code=refusal.code, retryable=refusal.retryable)


def _conclude(command: _PaymentCommand, request: Request | None, outcome: Outcome) -> None:
    is_question = isinstance(command, ReconcilePayment) and command.key is None
    with store.change(Payment, command.payment_id) as payment:
        known = payment.unanswered
        currency = command.currency if isinstance(command, VoidPayment) else NO_CURRENCY
        payment.conclude(order_id=command.order_id, request=request, outcome=outcome, currency=currency)
        if is_question and isinstance(outcome, Statement) and not payment.recorded:
            payment.tell_again(order_id=command.order_id)
    for asked in payment.unanswered:
        if asked not in known:
            question = ReconcilePayment(
                order_id=command.order_id, payment_id=command.payment_id, key=asked.key
            )
            send(question, delay=_FIRST_ASK)
    is_unwanted = payment.standing.is_void or isinstance(command, VoidPayment)
    if is_unwanted and payment.is_held and isinstance(outcome, Statement):
        # Authorised after we had told that it is void, or between the processor's answer to the void and its record.
        delay = _FIRST_ASK if isinstance(command, VoidPayment) else None
        again = VoidPayment(
            order_id=command.order_id, payment_id=command.payment_id, currency=payment.currency
        )
        send(again, delay=delay)
