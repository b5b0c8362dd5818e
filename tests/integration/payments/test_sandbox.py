"""The sandbox processor by itself: its keys, its ledger, and who reads it."""

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from events import Money
from payments.errors import AlreadyCaptured, KeyReused, RequestRefused
from payments.events import CaptureFailureCode, Request
from payments.models import SandboxEntry
from payments.sandbox import SandboxProcessor
from tests.integration.payments.till import AMOUNT, ORDER, PAYMENT

pytestmark = pytest.mark.django_db
PROCESSOR = SandboxProcessor()


def authorise(key="k1", payment_id=PAYMENT, amount=AMOUNT):
    return PROCESSOR.authorise(
        key=key, order_id=ORDER, payment_id=payment_id, amount=amount, payment_method="tok_ok"
    )


def test_same_key_answers_the_same():
    assert authorise() == authorise()
    assert SandboxEntry.objects.count() == 1


def test_same_key_with_other_parameters_is_refused():
    authorise()

    with pytest.raises(KeyReused):
        authorise(amount=Money(1, "GBP"))
    with pytest.raises(KeyReused):
        authorise(payment_id=uuid4())
    with pytest.raises(KeyReused):
        PROCESSOR.capture(key="k1", payment_id=PAYMENT, amount=AMOUNT)


def test_other_key_for_one_payment_answers_what_the_first_one_did():
    assert authorise() == authorise(key="k2")


def test_what_was_entered_survives_the_rollback_of_the_caller():
    with transaction.atomic():
        authorise()
        transaction.set_rollback(True)

    assert SandboxEntry.objects.count() == 1


def test_capture_and_void_exclude_each_other():
    authorise()
    PROCESSOR.capture(key="k2", payment_id=PAYMENT, amount=AMOUNT)
    with pytest.raises(AlreadyCaptured):
        PROCESSOR.void(key="k3", payment_id=PAYMENT)

    other = uuid4()
    authorise(key="k4", payment_id=other)
    PROCESSOR.void(key="k5", payment_id=other)
    with pytest.raises(RequestRefused, match=CaptureFailureCode.VOIDED):
        PROCESSOR.capture(key="k6", payment_id=other, amount=AMOUNT)


@pytest.mark.parametrize("amount", [Money(2000, "GBP"), Money(1999, "EUR")])
def test_more_than_was_authorised_cannot_be_captured(amount):
    authorise()

    with pytest.raises(RequestRefused, match=CaptureFailureCode.EXCEEDS_AUTHORISATION):
        PROCESSOR.capture(key="k2", payment_id=PAYMENT, amount=amount)


def test_payment_that_never_arrived_is_not_found():
    assert PROCESSOR.find(PAYMENT).entries == ()
    assert PROCESSOR.void(key="k1", payment_id=PAYMENT).entries == ()


def test_exported_ledger_is_the_processors_own_in_its_order(tmp_path):
    authorise()
    PROCESSOR.capture(key="k2", payment_id=PAYMENT, amount=Money(999, "GBP"))
    file = tmp_path / "ledger.jsonl"

    call_command("export_ledger", out=file)

    first, second = [json.loads(line) for line in file.read_text().splitlines()]
    assert first | {"provider_reference": ""} == {
        "key": "k1",
        "kind": "authorise",
        "amount_minor": 1999,
        "currency": "GBP",
        "provider_reference": "",
        "order_id": str(ORDER),
    }
    assert (second["key"], second["kind"], second["amount_minor"]) == ("k2", Request.CAPTURE, 999)


def test_ledger_is_exported_to_standard_output(capfdbinary):
    authorise()

    call_command("export_ledger")

    assert json.loads(capfdbinary.readouterr().out)["key"] == "k1"


def test_ledger_that_cannot_be_written_is_refused_with_a_reason(tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_ledger", out=tmp_path / "nowhere" / "ledger.jsonl")
