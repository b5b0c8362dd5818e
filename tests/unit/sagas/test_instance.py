"""An instance on the kernel, in memory: what it appends when it is woken, and what its clock does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from events import Money
from events.errors import DeclarationError
from events.messages import DomainEvent, Envelope, Kind
from events.registry import registry
from events.unit import Move, UnitOfWork
from inventory.commands import ReleaseInventory, ReserveInventory
from inventory.events import InventoryReserved
from orders.commands import ApproveOrder
from orders.events import LineKind, OrderApproved, OrderConfirmed, OrderLine, ShipTo
from payments.commands import ProcessPayment, ReconcilePayment, VoidPayment
from payments.events import FailureCode, PaymentFailed, PaymentProcessed
from sagas import checks, runner
from sagas.definition import Context, Retriable, Saga
from sagas.facts import Direction, Ending, Replied, Send, Started
from sagas.ids import chosen_id, command_id
from sagas.instance import SagaDecided, SagaInstance
from sagas.order import OrderSaga
from sagas.runner import claims, run, running
from tests.support.declarations import declarations
from tests.support.in_memory import NOW, InMemory

__all__ = ["declarations"]

ORDER = UUID(int=7)
KEY = str(ORDER)
HANDLER, CLOCK = "sagas.order", "sagas.order.clock"
PAYMENT, RESERVATION = (chosen_id("order", KEY, step) for step in ("payment", "inventory"))
PROCESS, RESERVE = (
    command_id("order", KEY, step, direction=Direction.DO) for step in ("payment", "inventory")
)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

MUGS = OrderLine(
    line_id=UUID(int=1),
    kind=LineKind.PRODUCT,
    sku="MUG",
    name="A mug",
    quantity=2,
    unit_price="10",
    amount=Money(2000, "GBP"),
)


def confirmation(*lines: OrderLine, total: int) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=ORDER,
        number="1",
        customer_id=None,
        lines=lines,
        total=Money(total, "GBP"),
        payment_method="tok_ok",
        ship_to=ShipTo(country="GB"),
    )


confirmed, free_download = confirmation(MUGS, total=2000), confirmation(total=0)
reserved = InventoryReserved(order_id=ORDER, reservation_id=RESERVATION, lines=())
paid = PaymentProcessed(
    order_id=ORDER, payment_id=PAYMENT, amount=Money(2000, "GBP"), provider_reference="r", key="k"
)
declined = PaymentFailed(order_id=ORDER, payment_id=PAYMENT, code=FailureCode.DECLINED, retryable=False)
approved = OrderApproved(order_id=ORDER, number="1", customer_id=None, total=Money(0, "GBP"), contact=None)


class Order:
    """One order's saga, woken in memory, each time by a unit of work that has to read all from the log."""

    def __init__(self, start: OrderConfirmed = confirmed) -> None:
        self.log = InMemory()
        self.start = self.told(start)

    def told(self, event: DomainEvent, *, because_of: Envelope | None = None) -> Envelope:
        """An event that stands in the log and was delivered to nobody yet."""
        unit = self._unit()
        with unit.turn(because_of):
            told = unit.append(event, stream=None)
        self.log._keep(unit)
        return told

    def wake(self, *events: DomainEvent | Envelope) -> UnitOfWork:
        """Deliver events to the saga, each in a batch of its own; returns what the last one recorded."""
        for event in events:
            unit = self._deliver(event if isinstance(event, Envelope) else self.told(event), HANDLER)
        return unit

    def ring(self) -> UnitOfWork:
        return self._deliver(self.start, CLOCK)

    def claimed(self, command: UUID, ago: timedelta) -> None:
        self.log.lookups[claims][command] = NOW - ago

    @property
    def instance(self) -> SagaInstance:
        """As it is told by its stream."""
        return self._unit().aggregate(running["order"].instances, KEY)

    def _deliver(self, message: Envelope, handler: str) -> UnitOfWork:
        found = registry.handler(handler)
        assert found is not None
        unit = self._unit()
        unit.prefetch(found.needs(message))
        with unit.turn(message):
            found.run(message, None)
        self.log._keep(unit)
        return unit

    def _unit(self) -> UnitOfWork:
        return UnitOfWork(self.log, clock=lambda: NOW)


@pytest.fixture
def order() -> Order:
    return Order()


def decided(unit: UnitOfWork) -> list[SagaDecided]:
    return [new.envelope.payload for new in unit.appended if new.envelope.kind is Kind.DECISION]


def sent(unit: UnitOfWork) -> list[Any]:
    return [new.envelope.payload for new in unit.appended if new.envelope.kind is Kind.COMMAND]


# Woken


def test_a_saga_that_starts_appends_its_decision_and_the_commands_that_it_causes(order: Order):
    unit = order.wake(order.start)

    decision, *commands = (new.envelope for new in unit.appended)
    assert (decision.stream, decision.stream_version) == (f"sagas.order-{KEY}", 1)
    assert decision.causation_id == order.start.id
    assert {command.id: type(command.payload) for command in commands} == {
        RESERVE: ReserveInventory,
        PROCESS: ProcessPayment,
    }
    assert {command.causation_id for command in commands} == {decision.id}
    assert {new.envelope.correlation_id for new in unit.appended} == {ORDER}


def test_what_a_saga_sends_names_things_as_it_calls_them(order: Order):
    reserve, process = sent(order.wake(order.start))

    assert (reserve.reservation_id, process.payment_id) == (RESERVATION, PAYMENT)
    assert [(line.sku, line.quantity) for line in reserve.lines] == [("MUG", 2)]
    assert process.amount == confirmed.total


def test_a_start_that_is_delivered_twice_or_told_twice_leaves_no_second_trace(order: Order):
    order.wake(order.start)

    assert order.wake(order.start).appended == []
    assert order.wake(confirmed).appended == []


def test_a_reply_is_recorded_also_where_nothing_follows_from_it(order: Order):
    unit = order.wake(order.start, reserved)

    (decision,) = decided(unit)
    (fact,) = decision.facts
    assert isinstance(fact, Replied)
    assert (fact.step, fact.name) == ("inventory", "inventory.inventory_reserved")
    assert decision.decisions == ()
    assert sent(unit) == []


def test_a_reply_about_another_payment_leaves_no_trace(order: Order):
    order.wake(order.start)
    other = PaymentProcessed(
        order_id=ORDER, payment_id=UUID(int=9), amount=paid.amount, provider_reference="r", key="k"
    )

    assert order.wake(other).appended == []


def test_a_reply_that_comes_before_the_start_is_kept_and_counts_after_it(order: Order):
    early = order.wake(reserved, paid)
    assert sent(early) == []
    assert order.instance.started_by is None

    unit = order.wake(order.start)

    assert any(isinstance(entry, Started) for entry in decided(unit)[0].facts)
    history = order.instance.history
    assert all(history.rounds(step)[0].succeeded for step in ("inventory", "payment"))


def test_an_instance_read_from_its_stream_is_the_one_that_wrote_it(order: Order):
    unit = order.wake(order.start, reserved, declined)
    wrote = unit.aggregate(running["order"].instances, KEY)

    read = order.instance

    assert read.history.entries == wrote.history.entries
    assert (read.plan, read.version) == (wrote.plan, 3)
    assert (read.started_at, read.changed_at, read.ended_at) == (NOW, NOW, None)


def test_an_instance_keeps_what_its_start_left_out(monkeypatch: pytest.MonkeyPatch):
    order = Order(free_download)
    order.wake(order.start)
    # By the conditions of today nothing would be left out.
    monkeypatch.setattr(OrderSaga, "steps", tuple(replace(step, when=None) for step in OrderSaga.steps))

    plan = order.instance.plan
    assert plan is not None
    assert plan.left_out == {"inventory", "payment", "shipping", "capture", "commitment"}


def test_a_saga_finishes_its_clock_when_it_ends_and_records_what_comes_later():
    order = Order(free_download)
    started = order.wake(order.start)
    approve = started.appended[-1].envelope
    assert isinstance(approve.payload, ApproveOrder)
    assert started.moves == []

    ended = order.wake(order.told(approved, because_of=approve))
    late = order.wake(order.told(approved, because_of=approve))

    assert ended.moves == [Move(order.start.id, CLOCK, None)]
    assert (order.instance.ending, order.instance.ended_at) == (Ending.COMPLETED, NOW)
    assert (len(decided(late)), sent(late), late.moves) == (1, [], [])


# Its clock


def test_the_clock_rests_until_the_next_deadline_and_appends_nothing_before(order: Order):
    order.wake(order.start)
    order.claimed(PROCESS, ago=50 * SECOND)

    unit = order.ring()

    assert unit.appended == []
    assert unit.take_again() == 10 * SECOND


def test_the_clock_sends_the_question_that_is_due_and_goes_on(order: Order):
    order.wake(order.start)
    order.claimed(PROCESS, ago=MINUTE)

    unit = order.ring()

    (decision,) = decided(unit)
    assert decision.facts == ()
    assert [(entry.step, entry.direction) for entry in decision.decisions if isinstance(entry, Send)] == [
        ("payment", Direction.ASK)
    ]
    assert sent(unit) == [ReconcilePayment(order_id=ORDER, payment_id=PAYMENT)]
    assert unit.take_again() == MINUTE


def test_the_clock_tells_the_saga_that_its_patience_is_over(order: Order):
    order.wake(order.start, reserved)
    order.claimed(PROCESS, ago=30 * MINUTE)

    unit = order.ring()

    assert order.instance.history.reason == "payment timed out"
    assert {type(command) for command in sent(unit)} == {ReleaseInventory, VoidPayment}
    assert unit.take_again() is not None


def test_the_clock_of_what_nobody_has_claimed_looks_again_within_a_minute(order: Order):
    order.wake(order.start)

    unit = order.ring()

    assert unit.appended == []
    assert unit.take_again() == MINUTE


def test_the_clock_that_rings_before_the_start_is_delivered_waits_for_it(order: Order):
    unit = order.ring()

    assert unit.appended == []
    assert unit.take_again() == MINUTE


def test_the_clock_of_a_saga_that_has_ended_stops():
    order = Order(free_download)
    approve = order.wake(order.start).appended[-1].envelope
    order.wake(order.told(approved, because_of=approve))

    unit = order.ring()

    assert unit.appended == []
    assert unit.take_again() is None


# Its definition


@pytest.fixture
def definitions_of_its_own(declarations: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is declared to run in a test is forgotten after it."""
    monkeypatch.setattr(runner, "running", dict(running))
    monkeypatch.setattr(checks, "running", runner.running)


def approve_order(order: OrderConfirmed, saga: Context) -> ApproveOrder:
    return ApproveOrder(order_id=order.order_id)


APPROVAL = Retriable(name="approval", send=approve_order, succeeds_on=OrderApproved)


class QuickSaga(Saga[OrderConfirmed]):
    name = "quick"
    started_by = OrderConfirmed
    correlated_by = "order_id"
    steps = (APPROVAL,)


@pytest.mark.usefixtures("definitions_of_its_own")
def test_a_saga_that_runs_listens_to_its_start_and_its_replies_and_has_a_clock():
    run(QuickSaga)

    listens, clock = registry.handler("sagas.quick"), registry.handler("sagas.quick.clock")
    assert listens is not None
    assert clock is not None
    assert set(listens.messages) == {"orders.order_confirmed", "orders.order_approved"}
    assert clock.messages == ("orders.order_confirmed",)
    assert clock.delay == timedelta(minutes=10)
    assert checks.definitions(None) == []


def test_a_clock_first_rings_when_the_shortest_patience_may_end():
    clock = registry.handler(CLOCK)

    assert clock is not None
    assert clock.delay == MINUTE


@pytest.mark.usefixtures("definitions_of_its_own")
def test_two_sagas_of_one_name_are_refused():
    run(QuickSaga)

    with pytest.raises(DeclarationError, match="two sagas are named 'quick'"):
        run(QuickSaga)


@pytest.mark.usefixtures("definitions_of_its_own")
def test_a_definition_with_mistakes_does_not_run_and_is_named_when_django_starts():
    broken = type(
        "BrokenSaga", (QuickSaga,), {"name": "broken", "steps": (replace(APPROVAL, after=("packing",)),)}
    )

    run(broken)

    assert registry.handler("sagas.broken") is registry.handler("sagas.broken.clock") is None
    (message,) = checks.definitions(None)
    assert message.id == "sagas.E004"
    assert message.msg.startswith("BrokenSaga: ")
    assert "packing" in message.msg
    assert message.hint


def test_an_instance_is_known_by_the_field_that_correlates_it(order: Order):
    assert running["order"].key_of(order.start) == KEY
    assert running["order"].instances.stream_of(KEY) == f"sagas.order-{KEY}"
