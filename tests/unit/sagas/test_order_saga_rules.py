"""The order workflow by examples: what follows from what, in the words of the shop."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from sagas.engine import decide
from sagas.facts import Ending, Replied, Send
from sagas.history import History
from sagas.plan import resumed

from .scenario import SEEN, Scenario, both
from .toys import (
    KEY,
    ApproveOrder,
    ArrangeShipping,
    CancelOrder,
    CancelShipment,
    CapturePayment,
    CommitReservation,
    CustomerNotTold,
    InventoryCommitted,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    OrderApproved,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderSaga,
    OrderSagaWithLetter,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentFailed,
    PaymentProcessed,
    PaymentVoided,
    ProcessPayment,
    ReleaseInventory,
    ReserveInventory,
    ShipmentCancelled,
    ShippingArranged,
    ShippingArrangementFailed,
    TellCustomer,
    VoidPayment,
)

INVENTORY_1, PAYMENT_1, SHIPPING_1 = (Scenario().id_of(step) for step in ("inventory", "payment", "shipping"))

reserved = InventoryReserved(reservation_id=INVENTORY_1)
shortage = InventoryReservationFailed(reservation_id=INVENTORY_1, reason="2 of LAMP wanted, 1 available")
released = InventoryReleased(reservation_id=INVENTORY_1)
committed = InventoryCommitted(reservation_id=INVENTORY_1)
paid = PaymentProcessed(payment_id=PAYMENT_1)
declined = PaymentFailed(payment_id=PAYMENT_1, code="declined")
voided = PaymentVoided(payment_id=PAYMENT_1)
captured = PaymentCaptured(payment_id=PAYMENT_1)
not_captured = PaymentCaptureFailed(payment_id=PAYMENT_1, code="expired")
arranged = ShippingArranged(shipment_id=SHIPPING_1)
not_arranged = ShippingArrangementFailed(shipment_id=SHIPPING_1)
unshipped = ShipmentCancelled(shipment_id=SHIPPING_1)
approved = OrderApproved()
cancelled = OrderCancelled()
cancellation = OrderCancellationRequested(reason="changed my mind")


@pytest.fixture
def saga() -> Scenario:
    return Scenario()


def test_stock_and_payment_are_asked_for_side_by_side(saga):
    assert saga.due == {ReserveInventory, ProcessPayment}


def test_shipping_waits_for_both_stock_and_payment(saga):
    assert saga.when(reserved).due == set()

    assert saga.when(paid).due == {ArrangeShipping}


def test_an_order_on_which_everything_succeeds_is_approved(saga):
    saga.given(reserved, paid)

    assert saga.when(arranged).due == {CapturePayment}
    assert saga.when(captured).due == {CommitReservation}
    assert saga.when(committed).due == {ApproveOrder}
    assert saga.when(approved).due == set()
    assert saga.ended is Ending.COMPLETED


def test_failed_payment_releases_the_stock_then_cancels_the_order(saga):
    saga.given(reserved).when(declined)
    assert saga.due == {ReleaseInventory}

    saga.when(released)
    assert [command.reason for command in saga.sent] == ["payment failed: declined"]

    saga.when(cancelled)
    assert saga.ended is Ending.COMPENSATED


def test_failed_payment_releases_stock_that_is_still_being_reserved(saga):
    assert saga.when(declined).due == {ReleaseInventory}

    assert saga.when(reserved).due == set()
    assert saga.when(released).due == {CancelOrder}


def test_a_shortage_voids_the_authorisation(saga):
    assert saga.given(paid).when(shortage).due == {VoidPayment}

    assert saga.when(voided).due == {CancelOrder}
    assert saga.history.reason == "inventory failed: 2 of LAMP wanted, 1 available"


def test_if_stock_and_payment_both_fail_there_is_nothing_to_undo(saga):
    saga.seen_at_once(shortage, declined)

    assert saga.due == {CancelOrder}


def test_a_failed_shipment_undoes_stock_and_payment_side_by_side(saga):
    assert saga.given(reserved, paid).when(not_arranged).due == both(ReleaseInventory, VoidPayment)


def test_a_shipment_is_cancelled_before_what_it_stands_on(saga):
    saga.given(reserved, paid, arranged)

    assert saga.when(not_captured).due == {CancelShipment}
    assert saga.when(unshipped).due == both(ReleaseInventory, VoidPayment)
    assert saga.when(released).due == set()
    assert saga.when(voided).due == {CancelOrder}


def test_a_cancellation_before_the_pivot_undoes_what_is_done_and_what_is_in_flight(saga):
    saga.given(reserved).when(cancellation)

    assert saga.due == both(ReleaseInventory, VoidPayment)
    assert saga.history.reason == "order cancellation requested: changed my mind"


def test_a_cancellation_after_the_pivot_was_sent_waits_for_its_outcome(saga):
    assert saga.given(reserved, paid, arranged).when(cancellation).due == set()

    assert saga.when(captured).due == {CommitReservation}


def test_a_cancellation_counts_once_the_pivot_is_known_to_have_failed(saga):
    saga.given(reserved, paid, arranged, cancellation).when(not_captured)

    assert saga.due == {CancelShipment}
    assert saga.history.reason.startswith("order cancellation requested")


def test_a_cancellation_after_the_pivot_happened_turns_nothing_back(saga):
    saga.given(reserved, paid, arranged, captured).when(cancellation)
    assert saga.due == set()

    saga.when(committed, approved)
    assert saga.ended is Ending.COMPLETED


def test_a_cancellation_seen_before_the_confirmation_cancels_at_once():
    early = Scenario().when(cancellation).history.troubles
    begun = Scenario()
    history = History(early)

    assert decide(begun.plan, history) == ()

    history.record(begun.history.entries[0])
    assert [type(decision).__name__ for decision in decide(begun.plan, history)] == ["TurnBack", "Send"]


def test_authorised_after_the_saga_gave_up_is_voided_all_the_same(saga):
    saga.given(reserved).when(cancellation)
    assert VoidPayment in saga.due

    assert saga.when(paid).due == set()
    assert saga.when(voided, released).due == {CancelOrder}


def test_a_turned_back_saga_never_goes_forward_again(saga):
    saga.given(cancellation)

    assert saga.when(reserved, paid, captured).due == set()
    assert saga.when(released, voided).due == {CancelOrder}


def test_an_ended_saga_sends_nothing_more(saga):
    saga.given(declined, released, cancelled)

    assert saga.when(reserved, paid, cancellation).due == set()
    assert saga.retry("inventory").due == set()


def test_an_order_cancelled_by_somebody_else_is_not_cancelled_again(saga):
    saga.given(cancelled)

    assert saga.when(declined).due == {ReleaseInventory}
    assert saga.when(released).due == set()
    assert saga.ended is Ending.COMPENSATED


def test_replies_to_somebody_else_change_nothing(saga):
    other = Scenario().plan.chosen_id("payment", in_round=9)

    saga.when(PaymentProcessed(payment_id=other), OrderCancelled(order_id=other))

    assert len(saga.history.entries) == 3


def test_an_approval_that_nobody_asked_for_is_not_an_answer(saga):
    saga.when(approved)

    assert not any(isinstance(entry, Replied) for entry in saga.history.entries)


def test_replies_late_doubled_and_in_any_order_lead_to_one_end():
    for told in permutations((reserved, declined, released, cancelled, reserved, declined), 6):
        saga = Scenario().given(*told)
        assert saga.ended is Ending.COMPENSATED


def test_replies_in_any_order_complete_the_order_and_send_each_command_once():
    ends = set()
    for told in permutations((reserved, paid, arranged, captured, committed)):
        saga = Scenario().given(*told).when(approved)
        commands = [entry for entry in saga.history.entries if isinstance(entry, Send)]
        ends.add((saga.ended, frozenset(commands), len(commands)))

    assert len(ends) == 1
    assert ends.pop()[0] is Ending.COMPLETED


def test_replies_seen_together_or_one_by_one_lead_to_the_same_commands():
    for told in permutations((reserved, paid, arranged, captured)):
        together, one_by_one = Scenario().seen_at_once(*told), Scenario().given(*told)
        assert set(together.history.commands) == set(one_by_one.history.commands)


def test_a_free_order_is_neither_authorised_nor_captured():
    saga = Scenario(OrderConfirmed(total=0))

    assert saga.due == {ReserveInventory}
    assert saga.when(reserved).due == {ArrangeShipping}
    assert saga.when(arranged).due == {CommitReservation}
    assert saga.when(cancellation).due == set()
    assert saga.when(committed, approved).ended is Ending.COMPLETED


def test_a_free_order_can_be_cancelled_until_its_stock_is_committed():
    saga = Scenario(OrderConfirmed(total=0)).given(reserved)

    assert saga.when(cancellation).due == {CancelShipment}
    assert saga.when(unshipped).due == {ReleaseInventory}


def test_an_order_without_products_needs_neither_stock_nor_shipment():
    saga = Scenario(OrderConfirmed(products=0))

    assert saga.due == {ProcessPayment}
    assert saga.when(paid).due == {CapturePayment}
    assert saga.when(captured).due == {ApproveOrder}
    assert saga.when(approved).ended is Ending.COMPLETED


def test_a_free_order_without_products_is_approved_at_once():
    assert Scenario(OrderConfirmed(total=0, products=0)).due == {ApproveOrder}


def test_what_was_left_out_at_the_start_stays_left_out():
    saga = Scenario(OrderConfirmed(total=0))

    assert resumed(OrderSaga, key=KEY, history=saga.history) == saga.plan
    assert saga.plan.left_out == {"payment", "capture"}


def test_a_letter_that_cannot_be_sent_holds_up_nothing():
    saga = Scenario(saga=OrderSagaWithLetter).given(reserved, paid)

    assert saga.when(arranged).due == both(CapturePayment, TellCustomer)
    saga.when(CustomerNotTold(), captured, committed, approved)
    assert saga.ended is Ending.COMPLETED


def test_an_order_is_complete_without_an_answer_to_its_letter():
    saga = Scenario(saga=OrderSagaWithLetter).given(reserved, paid, arranged, captured, committed, approved)

    assert saga.ended is Ending.COMPLETED


def test_two_orders_never_share_an_id():
    one = {send.command_id for send in Scenario().history.commands.values()}
    plan = Scenario().plan
    other = type(plan)(saga=plan.saga, key="8")
    decided = decide(other, History([Scenario().history.entries[0]]))

    assert one.isdisjoint(send.command_id for send in decided if isinstance(send, Send))


def test_seeing_the_start_twice_starts_once(saga):
    before = list(saga.history.entries)

    saga.record(saga.history.entries[0])

    assert saga.history.entries[: len(before)] == before
    assert saga.due == {ReserveInventory, ProcessPayment}
    assert len(saga.history.commands) == 2


def test_time_alone_changes_nothing_for_an_order_in_good_order(saga):
    saga.given(reserved, paid, arranged, captured)

    assert saga.after(timedelta(days=90)).due == set()
    assert saga.history.entries[0].message_id == SEEN
