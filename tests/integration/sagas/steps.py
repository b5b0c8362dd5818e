"""What the tests of the order's saga do, down to one delivery at a time, and what they look at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from config.invariants import verify
from events import batch, deliveries, lanes
from events.deliveries import Claimed
from events.drain import Drainer
from events.execution import execute
from events.flush import Held
from events.ids import new_id
from events.log import COLUMNS, envelope
from events.models import Delivery, Message
from inventory.commands import ReceiveStock
from inventory.models import Stock
from orders.commands import ConfirmOrder, LineKind, PlaceOrder, RequestCancellation, ShipTo
from orders.domain import Status
from orders.errors import OrderCannotBeCancelled
from orders.models import OrderRow
from payments.models import SandboxEntry
from sagas.facts import Direction, Send, TurnBackRequested
from sagas.ids import chosen_id, command_id
from sagas.instance import SagaDecided
from sagas.models import SagaRow
from shipping.models import SandboxBooking
from tests.support.carrying import dead_letters
from tests.support.shop import an_order, line, units

SAGA, CLOCK = "sagas.order", "sagas.order.clock"
APPROVED, CANCELLED = Status.APPROVED, Status.CANCELLED
ORDINARY = "ordinary"

# Every sort of order that there can be, and how it ends if nobody interferes.
SORTS: dict[str, tuple[Callable[[], PlaceOrder], Status]] = {
    ORDINARY: (an_order, APPROVED),
    "charged without an answer": (lambda: an_order(payment_method="tok_timeout_charged"), APPROVED),
    "neither charged nor answered": (lambda: an_order(payment_method="tok_timeout_not_charged"), APPROVED),
    "captured without an answer": (
        lambda: an_order(payment_method="tok_capture_timeout_charged"),
        APPROVED,
    ),
    "neither captured nor answered": (
        lambda: an_order(payment_method="tok_capture_timeout_not_charged"),
        APPROVED,
    ),
    "booked without an answer": (lambda: an_order(ship_to=ShipTo(country="XT")), APPROVED),
    "free": (lambda: an_order(line("0"), payment_method=""), APPROVED),
    "without products": (lambda: an_order(line(kind=LineKind.FEE, sku="WRAP")), APPROVED),
    "free and without products": (
        lambda: an_order(line("0", kind=LineKind.FEE, sku="WRAP"), payment_method=""),
        APPROVED,
    ),
    "declined": (lambda: an_order(payment_method="tok_declined"), CANCELLED),
    "out of stock": (lambda: an_order(line(sku="RARE")), CANCELLED),
    "out of stock and declined": (
        lambda: an_order(line(sku="RARE"), payment_method="tok_declined"),
        CANCELLED,
    ),
    "unserved": (lambda: an_order(ship_to=ShipTo(country="Antarctica")), CANCELLED),
    "not captured": (lambda: an_order(payment_method="tok_capture_declined"), CANCELLED),
}


def stocked(**quantities: int) -> None:
    execute(ReceiveStock(receipt_id=new_id(), lines=units(**quantities)))


def confirmed(place: PlaceOrder) -> UUID:
    """Place and confirm the order; nothing is delivered yet."""
    execute(place, ConfirmOrder(order_id=place.order_id))
    return place.order_id


def cancellation_requested(order_id: UUID) -> bool:
    """Whether it still could be requested."""
    try:
        execute(RequestCancellation(order_id=order_id, reason="changed my mind"))
    except OrderCannotBeCancelled:
        return False
    return True


# One delivery at a time


def waiting(order_id: UUID, *handlers: str) -> QuerySet[Delivery]:
    """The deliveries about an order that are not done, to these handlers."""
    found = Delivery.objects.filter(message__key=str(order_id), state=Delivery.State.PENDING)
    return (found.filter(handler__in=handlers) if handlers else found).order_by("id")


def handled(order_id: UUID, *handlers: str) -> None:
    """Have the first waiting delivery to each of these handlers handled, one after the other and nothing else."""
    for handler in handlers:
        found = waiting(order_id, handler).first()
        assert found is not None, f"nothing waits for {handler}, but for {handlers_waiting(order_id)}"
        handled_alone(found)


def handled_alone(delivery: Delivery) -> None:
    """Have this one delivery handled, calls included; all that it causes waits."""
    with _claimed_alone(delivery) as (drainer, claimed):
        drainer._take([claimed])
        drainer._work(until=0.0)
        drainer.calls.leave()


def claimed_and_forgotten(order_id: UUID, handler: str) -> None:
    """A worker claims the delivery, and nobody ever hears of it again."""
    with _claimed_alone(waiting(order_id, handler).get()):
        pass


@contextmanager
def _claimed_alone(delivery: Delivery) -> Iterator[tuple[Drainer, Claimed]]:
    token = lanes.take(delivery.lane)
    assert token is not None, "somebody else drains the lane"
    Delivery.objects.filter(state=Delivery.State.PENDING).exclude(pk=delivery.pk).update(
        due_at="2100-01-01T00:00:00Z"
    )
    Delivery.objects.filter(pk=delivery.pk).update(due_at="2000-01-01T00:00:00Z")
    suspect = deliveries.claim_suspect(delivery.lane, token)
    claimed = [suspect] if suspect else deliveries.claim(delivery.lane, token, 1)
    assert [row.id for row in claimed] == [delivery.pk]
    yield Drainer(Held(delivery.lane, token)), claimed[0]
    lanes.release(delivery.lane, token)


def due(order_id: UUID, handler: str) -> None:
    """Have its waiting delivery taken by the next worker that comes along."""
    waiting(order_id, handler).update(due_at="2000-01-01T00:00:00Z")


def handlers_waiting(order_id: UUID) -> list[str]:
    return [delivery.handler for delivery in waiting(order_id)]


def delivered_again(delivery: Delivery) -> None:
    """Have a delivery that is done waiting once more, as if nobody remembered that it was."""
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DONE).update(
        state=Delivery.State.PENDING, done_at=None, token=None, attempts=0, due_at="2000-01-01T00:00:00Z"
    )


@contextmanager
def before_each_flush(act: Callable[[], object]) -> Iterator[None]:
    """Do it when handlers have decided and nothing is stored yet: the worst moment for somebody else to come."""
    flush = vars(batch)["flush"]

    def flush_after(*args: Any, **options: Any) -> Any:
        act()
        return flush(*args, **options)

    with patch.object(batch, "flush", flush_after):
        yield


def now() -> datetime:
    """By the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]


def time_passes(by: timedelta) -> None:
    """Everything that has happened was so much earlier. The database's clock decides, so its rows are set back."""
    with transaction.atomic(), connection.cursor() as cursor:
        # The log refuses an UPDATE.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE events_message SET occurred_at = occurred_at - %s * interval '1 s', recorded_at = recorded_at - %s * interval '1 s'",
            [by.total_seconds()] * 2,
        )
        cursor.execute(
            "UPDATE events_delivery SET claimed_at = claimed_at - %s * interval '1 s',"
            " due_at = due_at - %s * interval '1 s', call_until = call_until - %s * interval '1 s'",
            [by.total_seconds()] * 3,
        )


# What was told, and what came of it


def story(order_id: UUID) -> list[str]:
    """Commands and events about an order in the order of the log, without the names of their contexts."""
    found = Message.objects.filter(key=str(order_id)).exclude(kind=Message.Kind.DECISION).order_by("position")
    return [name.partition(".")[2] for name in found.values_list("name", flat=True)]


def decided(order_id: UUID) -> list[SagaDecided]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM events_message m WHERE stream = %s AND stream_version IS NOT NULL ORDER BY position",
            [f"{SAGA}-{order_id}"],
        )
        return [envelope(row).payload for row in cursor.fetchall()]


def sent_by_saga(order_id: UUID) -> list[tuple[str, Direction]]:
    return [
        (entry.step, entry.direction)
        for decision in decided(order_id)
        for entry in decision.decisions
        if isinstance(entry, Send)
    ]


def was_sent_before_the_cancellation(order_id: UUID, step: str) -> bool:
    """Which of the two the saga has recorded first."""
    for decision in decided(order_id):
        if any(isinstance(fact, TurnBackRequested) for fact in decision.facts):
            return False
        if any(isinstance(entry, Send) and entry.step == step for entry in decision.decisions):
            return True
    return False


def decisive_step(order_id: UUID) -> str:
    """The step whose command, once sent, makes it too late to cancel."""
    return next(
        step for step in ("capture", "commitment", "approval") if saga(order_id).steps[step] != "left_out"
    )


def saga(order_id: UUID) -> SagaRow:
    return SagaRow.objects.get(saga="order", key=str(order_id))


def status(order_id: UUID) -> Status:
    return Status(OrderRow.objects.get(pk=order_id).status)


def id_of(order_id: UUID, step: str) -> UUID:
    """What the saga calls the order's reservation, payment or shipment."""
    return chosen_id("order", str(order_id), step)


def command_of(order_id: UUID, step: str, direction: Direction = Direction.DO, *, repeat: int = 0) -> UUID:
    return command_id("order", str(order_id), step, direction=direction, repeat=repeat)


def charged(order_id: UUID) -> list[str]:
    """The kinds of entries in the card processor's own ledger."""
    return list(SandboxEntry.objects.filter(order_id=order_id).order_by("id").values_list("kind", flat=True))


def reserved(sku: str = "MUG") -> int:
    return Stock.objects.get(sku=sku).reserved


def parcels(order_id: UUID) -> int:
    """How many the carrier is to bring, by its own book."""
    return SandboxBooking.objects.filter(order_id=order_id, cancelled_at=None).count()


def assert_all_is_well() -> None:
    """At rest, and everything holds that must."""
    verdict = verify()
    assert verdict.rest.at_rest
    assert not verdict.rest.due_later, list(Delivery.objects.filter(state=0).values_list("handler", "due_at"))
    assert not dead_letters(), dead_letters()
    broken = {one.name: one.offending for one in verdict.broken}
    assert not broken, broken


def assert_undone(order_id: UUID) -> None:
    """Nothing is left of a cancelled order: by our books, the processor's and the carrier's."""
    assert status(order_id) is CANCELLED
    assert charged(order_id) in ([], ["authorise", "void"])
    assert parcels(order_id) == 0
