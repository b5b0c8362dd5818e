"""What does the built-in card processor do? What the payment's token tells it.

tok_ok, on_file                   authorised (on_file: the method of orders from before methods were told)
tok_slow                          authorised, after half the time-out
tok_declined, tok_expired,        refused, each with its code
tok_insufficient_funds, tok_fraud
tok_timeout_charged               authorised, but the caller waits for the answer in vain
tok_timeout_not_charged           nothing is done and nothing answered; asked again with the same key: authorised
tok_capture_declined              authorised, and the capture is refused
tok_capture_timeout_charged       authorised, and the capture goes as above
tok_capture_timeout_not_charged
any other                         refused as technical
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn
from uuid import UUID

from django.conf import settings
from psycopg import OperationalError

from events import Money
from payments import sandbox_ledger
from payments.errors import AlreadyCaptured, KeyReused, OutcomeUnknown, ProcessorUnavailable, RequestRefused
from payments.events import CaptureFailureCode, FailureCode, Request
from payments.ledger import Entry, Statement
from payments.sandbox_ledger import Row

_DECLINES = {
    "tok_declined": (FailureCode.DECLINED, False),
    "tok_expired": (FailureCode.EXPIRED, False),
    "tok_insufficient_funds": (FailureCode.INSUFFICIENT_FUNDS, True),
    "tok_fraud": (FailureCode.FRAUD, False),
}
_SILENT = {Request.AUTHORISE: "tok_timeout_not_charged", Request.CAPTURE: "tok_capture_timeout_not_charged"}
_UNHEARD = {Request.AUTHORISE: "tok_timeout_charged", Request.CAPTURE: "tok_capture_timeout_charged"}
_CAPTURE_DECLINED = "tok_capture_declined"
_ACCEPTED = {"tok_ok", "on_file", "tok_slow", _CAPTURE_DECLINED, *_SILENT.values(), *_UNHEARD.values()}


class SandboxProcessor:
    """A `CardProcessor` without cards. Its time-outs last `settings.SANDBOX_TIMEOUT` seconds."""

    def authorise(
        self, *, key: str, order_id: UUID, payment_id: UUID, amount: Money, payment_method: str
    ) -> Statement:
        if payment_method not in _ACCEPTED:
            code, retryable = _DECLINES.get(payment_method, (FailureCode.TECHNICAL, False))
            raise RequestRefused(code, retryable=retryable)
        if payment_method == "tok_slow":
            time.sleep(settings.SANDBOX_TIMEOUT / 2)
        with _in_doubt():
            if payment_method == _SILENT[Request.AUTHORISE] and sandbox_ledger.is_first_time(key):
                _let_wait()
            rows = sandbox_ledger.authorise(
                key=key,
                order_id=order_id,
                payment_id=payment_id,
                amount=amount,
                payment_method=payment_method,
            )
        _check_key(rows, Request.AUTHORISE, key, payment_id, amount)
        return _answer(rows, Request.AUTHORISE)

    def capture(self, *, key: str, payment_id: UUID, amount: Money) -> Statement:
        with _in_doubt():
            rows = _capture(key, payment_id, amount, spared=[_CAPTURE_DECLINED, _SILENT[Request.CAPTURE]])
            held = _find(rows, Request.AUTHORISE)
            if held and held.payment_method == _SILENT[Request.CAPTURE] and not _find(rows, Request.CAPTURE):
                if sandbox_ledger.is_first_time(key):
                    _let_wait()
                rows = _capture(key, payment_id, amount, spared=[])
        _check_key(rows, Request.CAPTURE, key, payment_id, amount)
        if not _find(rows, Request.CAPTURE):
            raise RequestRefused(_why_not_captured(rows))
        return _answer(rows, Request.CAPTURE)

    def void(self, *, key: str, payment_id: UUID) -> Statement:
        with _in_doubt():
            rows = sandbox_ledger.follow(
                key=key, kind=Request.VOID, follows=Request.AUTHORISE, payment_id=payment_id
            )
        if _find(rows, Request.CAPTURE):
            raise AlreadyCaptured(f"payment {payment_id} was captured; refund it")
        _check_key(rows, Request.VOID, key, payment_id)
        return _answer(rows, Request.VOID)

    def refund(self, *, key: str, payment_id: UUID) -> Statement:
        with _in_doubt():
            rows = sandbox_ledger.follow(
                key=key, kind=Request.REFUND, follows=Request.CAPTURE, payment_id=payment_id
            )
        if not _find(rows, Request.REFUND):
            raise RequestRefused(CaptureFailureCode.NOT_AUTHORISED)
        _check_key(rows, Request.REFUND, key, payment_id)
        return _answer(rows, Request.REFUND)

    def find(self, payment_id: UUID) -> Statement:
        try:
            return _statement(sandbox_ledger.entries(payment_id))
        except OperationalError as error:
            raise ProcessorUnavailable("the sandbox processor's ledger cannot be read") from error


def _capture(key: str, payment_id: UUID, amount: Money, *, spared: Sequence[str]) -> list[Row]:
    return sandbox_ledger.follow(
        key=key,
        kind=Request.CAPTURE,
        follows=Request.AUTHORISE,
        payment_id=payment_id,
        amount=amount,
        spared=spared,
    )


def _why_not_captured(rows: Sequence[Row]) -> CaptureFailureCode:
    held = _find(rows, Request.AUTHORISE)
    if held is None:
        return CaptureFailureCode.NOT_AUTHORISED
    if _find(rows, Request.VOID):
        return CaptureFailureCode.VOIDED
    if held.payment_method == _CAPTURE_DECLINED:
        return CaptureFailureCode.DECLINED
    return CaptureFailureCode.EXCEEDS_AUTHORISATION


def _answer(rows: Sequence[Row], kind: Request) -> Statement:
    """The answer to a request, if it comes: after what was entered unheard of the caller waits in vain."""
    if any(row.is_new and row.payment_method == _UNHEARD.get(kind) for row in rows):
        _let_wait()
    return _statement(rows)


def _check_key(
    rows: Sequence[Row], kind: Request, key: str, payment_id: UUID, amount: Money | None = None
) -> None:
    used = next((row for row in rows if row.key == key), None)
    if used and (used.kind, used.payment_id, _money(used)) != (kind, payment_id, amount or _money(used)):
        raise KeyReused(key)


def _let_wait() -> NoReturn:
    time.sleep(settings.SANDBOX_TIMEOUT)
    raise OutcomeUnknown("the sandbox processor did not answer in time")


@contextmanager
def _in_doubt() -> Iterator[None]:
    """A request that was cut off on its way may have been carried out."""
    try:
        yield
    except OperationalError as error:
        raise OutcomeUnknown("the connection to the sandbox processor's ledger was lost") from error


def _statement(rows: Sequence[Row]) -> Statement:
    return Statement(
        entries=tuple(
            Entry(
                kind=Request(row.kind),
                key=row.key,
                amount=_money(row),
                provider_reference=row.provider_reference,
            )
            for row in rows
        )
    )


def _find(rows: Sequence[Row], kind: Request) -> Row | None:
    return next((row for row in rows if row.kind == kind), None)


def _money(row: Row) -> Money:
    return Money(row.amount_minor, row.currency)
