"""What becomes of an order whose answers do not come? The saga's clock, on the rows by which the database counts time."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from events import Money
from payments import sandbox_ledger
from sagas.facts import Direction
from sagas.models import SagaRow
from tests.integration.sagas.steps import (
    APPROVED,
    CLOCK,
    SAGA,
    assert_all_is_well,
    assert_undone,
    charged,
    claimed_and_forgotten,
    command_of,
    confirmed,
    handled,
    handled_alone,
    id_of,
    now,
    parcels,
    reserved,
    saga,
    sent_by_saga,
    status,
    stocked,
    time_passes,
    waiting,
)
from tests.support.carrying import carried, told
from tests.support.shop import an_order

pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RUNNING = SagaRow.Status.RUNNING


@pytest.fixture(autouse=True)
def stock() -> None:
    stocked(MUG=10)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The processor neither does nor answers what is paid by `tok_timeout_not_charged`, until this is undone."""
    with monkeypatch.context() as patch:
        patch.setattr(sandbox_ledger, "is_first_time", lambda key: True)
        yield patch


def an_order_with_its_stock() -> UUID:
    """Its authorisation is asked for and still queued."""
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "inventory.reserve_inventory", SAGA)
    return order_id


def an_order_with_its_money() -> UUID:
    """Its shipment is asked for and still queued."""
    order_id = an_order_with_its_stock()
    handled(order_id, "payments.process_payment", SAGA)
    return order_id


def rest_after_ringing(order_id: UUID) -> timedelta:
    handled(order_id, CLOCK)
    return waiting(order_id, CLOCK).get().due_at - now()


def questions(order_id: UUID, step: str = "payment") -> int:
    return sent_by_saga(order_id).count((step, Direction.ASK))


def test_a_payment_without_an_answer_is_asked_about_after_a_minute_and_not_before():
    order_id = an_order_with_its_stock()
    claimed_and_forgotten(order_id, "payments.process_payment")

    time_passes(50 * SECOND)
    rest = rest_after_ringing(order_id)
    assert questions(order_id) == 0
    assert 0 * SECOND < rest <= 10 * SECOND

    time_passes(10 * SECOND)
    rest_after_ringing(order_id)
    assert questions(order_id) == 1


def test_no_question_is_asked_before_the_one_before_could_be_answered():
    order_id = an_order_with_its_stock()
    claimed_and_forgotten(order_id, "payments.process_payment")
    time_passes(MINUTE)
    rest_after_ringing(order_id)

    time_passes(5 * MINUTE)
    rest_after_ringing(order_id)
    assert questions(order_id) == 1

    handled_alone(waiting(order_id).get(message_id=str(command_of(order_id, "payment", Direction.ASK))))
    time_passes(MINUTE)
    rest_after_ringing(order_id)
    assert questions(order_id) == 2


def test_an_answer_to_a_question_carries_the_order_on():
    order_id = an_order_with_its_stock()
    claimed_and_forgotten(order_id, "payments.process_payment")
    time_passes(MINUTE)
    rest_after_ringing(order_id)

    carried()

    assert_all_is_well()
    assert status(order_id) is APPROVED
    assert charged(order_id) == ["authorise", "capture"]


def test_a_payment_that_nobody_answers_for_half_an_hour_turns_the_order_back(silence: pytest.MonkeyPatch):
    order_id = confirmed(an_order(payment_method="tok_timeout_not_charged"))
    handled(order_id, SAGA, "inventory.reserve_inventory", SAGA, "payments.process_payment")

    time_passes(29 * MINUTE)
    rest_after_ringing(order_id)
    assert saga(order_id).status == RUNNING
    time_passes(MINUTE)
    handled(order_id, CLOCK)
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert saga(order_id).reason == "payment timed out"
    assert (reserved(), charged(order_id)) == (0, [])
    assert told(order_id, about="payments.payment_voided")[0].amount == Money(0, "GBP")


def test_case_8_money_that_the_processor_holds_after_the_saga_gave_up_is_let_go(silence: pytest.MonkeyPatch):
    order_id = confirmed(an_order(payment_method="tok_timeout_not_charged"))
    handled(order_id, SAGA, "inventory.reserve_inventory", SAGA, "payments.process_payment")
    time_passes(30 * MINUTE)
    handled(order_id, CLOCK, "payments.void_payment", SAGA)
    assert saga(order_id).steps["payment"] == "undone"

    # The first request, lost on its way for half an hour, arrives.
    sandbox_ledger.authorise(
        key=str(command_of(order_id, "payment")),
        order_id=order_id,
        payment_id=id_of(order_id, "payment"),
        amount=Money(1000, "GBP"),
        payment_method="tok_timeout_not_charged",
    )
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert charged(order_id) == ["authorise", "void"]


def test_a_command_that_nobody_has_claimed_is_late_and_not_timed_out():
    order_id = an_order_with_its_stock()

    for _ in range(3):
        time_passes(60 * MINUTE)
        rest = rest_after_ringing(order_id)
        assert 0 * SECOND < rest <= MINUTE

    assert questions(order_id) == 0
    assert saga(order_id).status == RUNNING
    carried()
    assert_all_is_well()
    assert status(order_id) is APPROVED


def test_a_carrier_that_answers_nothing_for_ten_minutes_is_cancelled_and_all_is_undone():
    order_id = an_order_with_its_money()
    claimed_and_forgotten(order_id, "shipping.arrange_shipping")

    time_passes(9 * MINUTE)
    rest_after_ringing(order_id)
    assert saga(order_id).status == RUNNING
    time_passes(MINUTE)
    handled(order_id, CLOCK)
    carried()

    assert_all_is_well()
    assert_undone(order_id)
    assert saga(order_id).reason == "shipping timed out"
    assert (reserved(), charged(order_id), parcels(order_id)) == (0, ["authorise", "void"], 0)


def test_a_capture_in_doubt_is_asked_about_and_never_turned_back():
    order_id = an_order_with_its_money()
    handled(order_id, "shipping.arrange_shipping", SAGA)
    claimed_and_forgotten(order_id, "payments.capture_payment")

    for asked in range(3):
        time_passes(60 * MINUTE)
        rest_after_ringing(order_id)
        ask = command_of(order_id, "capture", Direction.ASK, repeat=asked)
        handled_alone(waiting(order_id).get(message_id=str(ask)))
        assert questions(order_id, "capture") == asked + 1
        assert saga(order_id).status == RUNNING
    carried()

    assert_all_is_well()
    assert status(order_id) is APPROVED
    assert charged(order_id) == ["authorise", "capture"]


def test_the_clock_of_a_saga_without_a_deadline_looks_again_within_a_minute():
    order_id = confirmed(an_order())
    handled(order_id, SAGA, "payments.process_payment", SAGA)
    # Only the stock is waited for: in our own database nothing is ever in doubt.
    time_passes(60 * MINUTE)

    assert 50 * SECOND < rest_after_ringing(order_id) <= MINUTE
    assert saga(order_id).status == RUNNING
