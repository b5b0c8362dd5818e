"""How long a saga waits, what it does then, and when its clock has to ring."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from sagas.facts import Direction, Ending, TimedOut
from sagas.timing import next_deadline, overdue

from .scenario import EPOCH, Scenario, both
from .toys import (
    ArrangeShipping,
    CancelShipment,
    CapturePayment,
    CommitReservation,
    InventoryReleased,
    InventoryReserved,
    OrderCancelled,
    PaymentCaptured,
    PaymentProcessed,
    PaymentVoided,
    ReconcilePayment,
    ReleaseInventory,
    ShippingArranged,
    VoidPayment,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def saga() -> Scenario:
    return Scenario()


@pytest.fixture
def reserved(saga):
    return InventoryReserved(reservation_id=saga.id_of("inventory"))


@pytest.fixture
def paid(saga):
    return PaymentProcessed(payment_id=saga.id_of("payment"))


@pytest.fixture
def arranged(saga):
    return ShippingArranged(shipment_id=saga.id_of("shipping"))


def test_a_payment_without_answer_is_reconciled_every_minute(saga):
    assert saga.after(59 * MINUTE / 60).due == set()

    for _ in range(5):
        assert saga.after(MINUTE).due == {ReconcilePayment}
    assert len(saga.history.commands) == 2 + 5


def test_a_reconciled_payment_goes_on_as_if_it_had_answered_at_once(saga, reserved, paid):
    saga.given(reserved).after(MINUTE)

    assert saga.when(paid).due == {ArrangeShipping}


def test_a_payment_still_unknown_after_half_an_hour_is_voided(saga, reserved):
    saga.given(reserved).after(30 * MINUTE)

    assert saga.due == both(ReleaseInventory, VoidPayment)
    assert saga.history.reason == "payment timed out"


def test_a_carrier_that_never_answers_is_cancelled_without_being_asked(saga, reserved, paid, arranged):
    saga.given(reserved, paid).after(10 * MINUTE)
    assert saga.due == {CancelShipment}
    assert saga.history.reason == "shipping timed out"

    assert saga.when(arranged).due == set()


def test_a_capture_in_doubt_is_asked_about_until_it_is_known(saga, reserved, paid, arranged):
    saga.given(reserved, paid, arranged)

    for _ in range(3):
        assert saga.after(24 * HOUR).due == {ReconcilePayment}
    assert saga.when(PaymentCaptured(payment_id=saga.id_of("payment"))).due == {CommitReservation}


def test_a_reply_seen_together_with_the_time_out_wins(saga, reserved, paid):
    saga.given(reserved)
    late = TimedOut(step="payment", direction=Direction.DO, round=1)

    saga.history.record(late)
    saga.when(paid)

    assert saga.due == {ArrangeShipping}


def test_a_time_out_that_was_decided_on_stays_decided(saga, reserved, paid):
    saga.given(reserved).after(31 * MINUTE)

    saga.when(
        paid,
        PaymentVoided(payment_id=saga.id_of("payment")),
        InventoryReleased(reservation_id=saga.id_of("inventory")),
    )
    assert saga.when(OrderCancelled()).ended is Ending.COMPENSATED


def test_a_command_still_queued_is_late_but_not_timed_out(saga):
    unclaimed: dict[UUID, datetime] = {}
    tomorrow = EPOCH + 24 * HOUR

    assert overdue(saga.plan, saga.history, claimed=unclaimed, now=tomorrow) == ()
    assert next_deadline(saga.plan, saga.history, claimed=unclaimed, now=tomorrow) == tomorrow + MINUTE


def test_questions_do_not_pile_up_in_a_queue_that_lags(saga):
    saga.after(MINUTE)
    first_only = {id: at for id, at in saga.claimed.items() if at == EPOCH}

    assert overdue(saga.plan, saga.history, claimed=first_only, now=EPOCH + 5 * MINUTE) == ()
    assert overdue(saga.plan, saga.history, claimed=first_only, now=EPOCH + 30 * MINUTE) == (
        TimedOut(step="payment", direction=Direction.DO, round=1),
    )


def test_the_clock_rings_at_the_earliest_deadline(saga, reserved, paid, arranged):
    assert saga.deadline == MINUTE

    saga.given(reserved, paid)
    assert saga.deadline == 10 * MINUTE

    saga.given(arranged)
    assert saga.deadline == MINUTE


def test_what_happens_in_our_own_database_has_no_deadline(saga, paid):
    assert saga.given(paid).deadline is None


def test_what_is_to_be_undone_is_waited_for_without_a_deadline(saga):
    saga.after(HOUR)

    assert saga.deadline is None
    assert saga.after(24 * HOUR).due == set()


def test_capturing_starts_a_patience_of_its_own(saga, reserved, paid, arranged):
    saga.given(reserved, paid).after(5 * MINUTE)

    assert saga.when(arranged).due == {CapturePayment}
    assert saga.deadline == 6 * MINUTE
