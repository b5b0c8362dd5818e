"""What an operator's retry does: a new round with new ids, and nothing of the old one is left behind."""

from __future__ import annotations

import pytest

from sagas.facts import ITSELF, Direction, Ending, RetryRequested, Send

from .scenario import SEEN, Scenario, both
from .toys import (
    ApproveOrder,
    ArrangeShipping,
    CancelOrder,
    CapturePayment,
    InventoryCommitted,
    InventoryReleased,
    InventoryReserved,
    OrderApproved,
    OrderCancellationRequested,
    OrderConfirmed,
    PaymentCaptured,
    PaymentFailed,
    PaymentProcessed,
    PaymentVoided,
    ProcessPayment,
    ReleaseInventory,
    ShippingArranged,
    VoidPayment,
)


@pytest.fixture
def saga() -> Scenario:
    return Scenario()


def paid(saga, in_round=1):
    return PaymentProcessed(payment_id=saga.id_of("payment", in_round))


def voided(saga, in_round=1):
    return PaymentVoided(payment_id=saga.id_of("payment", in_round))


def reserved(saga, in_round=1):
    return InventoryReserved(reservation_id=saga.id_of("inventory", in_round))


def test_a_payment_in_doubt_is_tried_anew_under_a_new_id_and_the_old_one_voided(saga):
    saga.retry("payment")

    assert saga.due == {ProcessPayment, VoidPayment}
    assert {command.payment_id for command in saga.sent} == {
        saga.id_of("payment", 2),
        saga.id_of("payment", 1),
    }


def test_only_the_newest_round_carries_the_order_forward(saga):
    saga.given(reserved(saga)).retry("payment")

    assert saga.when(paid(saga, 1)).due == set()
    assert saga.when(paid(saga, 2)).due == {ArrangeShipping}
    saga.when(ShippingArranged(shipment_id=saga.id_of("shipping")))
    assert [command.payment_id for command in saga.sent] == [saga.id_of("payment", 2)]


def test_an_old_round_that_fails_changes_nothing(saga):
    saga.given(reserved(saga)).retry("payment")

    assert saga.when(PaymentFailed(payment_id=saga.id_of("payment", 1))).due == set()
    assert saga.history.turned_back is None


def test_an_order_is_not_complete_before_the_old_round_is_known_to_be_undone(saga):
    saga.retry("payment").given(reserved(saga), paid(saga, 2))
    saga.when(
        ShippingArranged(shipment_id=saga.id_of("shipping")),
        PaymentCaptured(payment_id=saga.id_of("payment", 2)),
        InventoryCommitted(reservation_id=saga.id_of("inventory")),
        OrderApproved(),
    )
    assert saga.ended is None

    assert saga.when(voided(saga, 1)).ended is Ending.COMPLETED


def test_turning_back_undoes_the_new_round_as_the_old_one_was(saga):
    saga.retry("payment")

    assert saga.when(OrderCancellationRequested()).due == both(ReleaseInventory, VoidPayment)
    assert {command.payment_id for command in saga.sent if isinstance(command, VoidPayment)} == {
        saga.id_of("payment", 2)
    }


def test_a_second_click_on_retry_before_the_saga_woke_changes_nothing(saga):
    click = RetryRequested(step="payment", direction=Direction.DO, message_id=SEEN)

    saga.record(click, click)

    assert saga.history.begun("payment") == 2


def test_what_is_done_is_not_tried_anew(saga):
    saga.given(paid(saga))

    assert saga.retry("payment").due == set()


def test_what_was_not_tried_yet_is_not_tried_anew(saga):
    assert saga.retry("shipping").due == set()

    assert saga.when(reserved(saga), paid(saga)).due == {ArrangeShipping}
    assert saga.history.begun("shipping") == 1


def test_a_capture_is_never_tried_under_a_second_id():
    saga = Scenario(OrderConfirmed(products=0))
    assert saga.given(paid(saga)).due == {CapturePayment}

    assert saga.retry("capture").due == set()


def test_an_approval_that_hangs_is_asked_for_again():
    saga = Scenario(OrderConfirmed(total=0, products=0))

    assert saga.retry("approval").due == {ApproveOrder}
    assert saga.when(OrderApproved()).ended is Ending.COMPLETED


def test_a_compensation_that_hangs_is_asked_for_again_about_the_same_thing(saga):
    saga.given(PaymentFailed(payment_id=saga.id_of("payment")))

    assert saga.retry("inventory", Direction.UNDO).due == {ReleaseInventory}
    assert saga.sent[0].reservation_id == saga.id_of("inventory")
    again = [entry for entry in saga.history.entries if isinstance(entry, Send)][-1]
    assert (again.round, again.repeat) == (1, 1)
    assert len(saga.history.commands) == 4


def test_cancelling_an_order_is_asked_for_again():
    saga = Scenario(OrderConfirmed(total=0))
    saga.given(OrderCancellationRequested(), InventoryReleased(reservation_id=saga.id_of("inventory")))

    assert saga.retry(ITSELF, Direction.UNDO).due == {CancelOrder}


def test_a_turned_back_order_tries_nothing_anew(saga):
    saga.given(OrderCancellationRequested())

    assert saga.retry("payment").due == set()
    assert saga.retry("inventory").due == set()
