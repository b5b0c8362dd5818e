"""What the tests of payments ask for, and what they look at."""

from uuid import UUID

from events import Command, Money
from payments.commands import CapturePayment, ProcessPayment, ReconcilePayment, VoidPayment
from payments.invariants import LEDGERS_AGREE
from payments.models import SandboxEntry
from tests.support.carrying import carried, dead_letters, refuted, sent, told
from tests.support.truth import offences

AMOUNT = Money(1999, "GBP")
ORDER = UUID(int=7)
PAYMENT = UUID(int=8)


def process(token: str = "tok_ok") -> ProcessPayment:
    return ProcessPayment(order_id=ORDER, payment_id=PAYMENT, amount=AMOUNT, payment_method=token)


def capture() -> CapturePayment:
    return CapturePayment(order_id=ORDER, payment_id=PAYMENT, amount=AMOUNT)


def void() -> VoidPayment:
    return VoidPayment(order_id=ORDER, payment_id=PAYMENT, currency="GBP")


def reconcile() -> ReconcilePayment:
    return ReconcilePayment(order_id=ORDER, payment_id=PAYMENT)


def settled(*commands: Command) -> None:
    """Send the commands together and carry all that follows to its end; both ledgers agree then."""
    sent(*commands)
    carried()
    assert dead_letters() == []
    assert refuted(LEDGERS_AGREE) == []
    assert offences() == {}


def facts() -> list[str]:
    """What was told of the payment, by name."""
    return [type(fact).__name__ for fact in told(ORDER, about="payments.")]


def charged() -> list[str]:
    """The kinds of entries in the processor's own ledger."""
    return list(SandboxEntry.objects.order_by("id").values_list("kind", flat=True))
