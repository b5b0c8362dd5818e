"""From draft to approval or cancellation, and every way in which that is asked for."""

from collections import Counter
from contextlib import suppress
from itertools import product
from uuid import uuid4

import pytest

from events import Money
from orders import errors
from orders.commands import ApproveOrder, CancelOrder, ConfirmOrder, RequestCancellation, ShipTo
from orders.events import (
    OrderApproved,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
)
from tests.support.in_memory import InMemory
from tests.support.shop import an_order, line

ORDER, CONTACT = uuid4(), uuid4()
PLACE = an_order(line("12.34"), order_id=ORDER, number="S-1", ship_to=ShipTo(country="IE", contact=CONTACT))
CONFIRM = ConfirmOrder(order_id=ORDER)
APPROVE = ApproveOrder(order_id=ORDER)
REQUEST = RequestCancellation(order_id=ORDER, reason="changed my mind")
CANCEL = CancelOrder(order_id=ORDER, reason="payment declined")


@pytest.fixture
def shop():
    shop = InMemory()
    shop.obey(PLACE)
    return shop


def test_confirming_tells_all_that_fulfilment_needs(shop):
    (confirmed,) = shop.obey(CONFIRM)

    placed = shop.log[1].payload
    assert isinstance(placed, OrderPlaced)
    assert isinstance(confirmed, OrderConfirmed)
    assert all(getattr(confirmed, field) == getattr(placed, field) for field in confirmed.__struct_fields__)


def test_a_double_click_on_confirm_confirms_once(shop):
    assert len(shop.obey(CONFIRM, CONFIRM)) == 1
    assert shop.obey(CONFIRM) == []


def test_approval_names_whom_to_tell_and_what_about(shop):
    (confirmed,) = shop.obey(CONFIRM)

    (approved,) = shop.obey(APPROVE)

    assert isinstance(approved, OrderApproved)
    assert approved.contact == CONTACT
    named = ("order_id", "number", "customer_id", "total")
    assert all(getattr(approved, field) == getattr(confirmed, field) for field in named)


def test_a_draft_whose_cancellation_is_requested_is_cancelled_at_once(shop):
    assert shop.obey(REQUEST) == [
        OrderCancellationRequested(order_id=ORDER, reason="changed my mind"),
        OrderCancelled(
            order_id=ORDER,
            reason="changed my mind",
            refund_amount=Money(0, "GBP"),
            number="S-1",
            contact=CONTACT,
        ),
    ]


def test_of_a_confirmed_order_the_request_is_recorded_once_and_its_saga_decides(shop):
    shop.obey(CONFIRM)

    assert shop.obey(REQUEST, REQUEST) == [
        OrderCancellationRequested(order_id=ORDER, reason="changed my mind")
    ]
    assert shop.obey(REQUEST) == []


def test_a_request_that_comes_too_late_says_what_is_allowed(shop):
    shop.obey(CONFIRM, APPROVE)

    with pytest.raises(errors.OrderCannotBeCancelled, match="S-1 is approved") as refused:
        shop.obey(REQUEST)

    assert refused.value.code == "invalid_transition"
    assert refused.value.allowed == ()


def test_a_draft_cannot_be_approved(shop):
    with pytest.raises(errors.OrderCannotBeApproved) as refused:
        shop.obey(APPROVE)

    assert refused.value.allowed == ("confirm", "cancel")


def test_an_overlong_reason_is_refused(shop):
    with pytest.raises(errors.InvalidText):
        shop.obey(RequestCancellation(order_id=ORDER, reason="x" * 1001))


@pytest.mark.parametrize("command", [CONFIRM, APPROVE, REQUEST, CANCEL])
def test_an_order_that_nobody_placed_is_unknown(command):
    with pytest.raises(errors.OrderIsUnknown, match=str(ORDER)):
        InMemory().obey(command)


def test_whatever_is_asked_in_whatever_order_each_step_is_told_once_and_one_end_is_reached():
    for history in product([CONFIRM, APPROVE, REQUEST, CANCEL], repeat=5):
        told = _told(history)

        steps = Counter(type(event) for event in told)
        assert all(count == 1 for count in steps.values()), history
        assert not (steps[OrderApproved] and steps[OrderCancelled]), history
        assert not (steps[OrderApproved] and not steps[OrderConfirmed]), history
        ends = [
            place for place, event in enumerate(told) if isinstance(event, OrderApproved | OrderCancelled)
        ]
        assert ends in ([], [len(told) - 1]), history


def _told(history):
    shop, told = InMemory(), []
    shop.obey(PLACE)
    for command in history:
        with suppress(errors.InvalidTransition):
            told += shop.obey(command)
    return told
