"""An order on PostgreSQL: its log, its row, its number and its timeline."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from events.drain import drain
from events.execution import execute
from events.lanes import lane_of
from events.models import Delivery, Message
from orders import queries
from orders.commands import ApproveOrder, CancelOrder, ConfirmOrder, LineKind, RequestCancellation, ShipTo
from orders.domain import Order, Status
from orders.errors import OrderDiffers, OrderNumberTaken
from orders.models import OrderNumber, OrderRow
from tests.support.carrying import sent
from tests.support.races import beside, wait_until_blocked
from tests.support.shop import an_order, line


def stored(order_id: UUID) -> Order:
    order = queries.order(order_id)
    assert order is not None
    return order


def placed_at(order_id: UUID) -> datetime:
    placed = stored(order_id).placed
    assert placed is not None
    return placed.placed_at


def test_an_order_can_be_read_back_from_its_events():
    place = an_order(line("1.005", 3), line("2", kind=LineKind.SHIPPING, sku="POST"), number="536365")
    execute(place, ConfirmOrder(order_id=place.order_id))

    order = stored(place.order_id)

    assert (order.number, order.status, order.version) == ("536365", Status.CONFIRMED, 2)
    assert [str(line.amount) for line in order.lines] == ["3.02 GBP", "2.00 GBP"]
    assert str(order.total) == "5.02 GBP"


def test_the_row_says_what_the_order_says():
    customer, contact = uuid4(), uuid4()
    place = an_order(
        line("1.00", 3),
        line("2.00"),
        customer_id=customer,
        ship_to=ShipTo(country="IE", contact=contact),
        number="1",
    )
    execute(place, RequestCancellation(order_id=place.order_id, reason="too late"))

    row = queries.orders().get()

    assert (row.id, row.number, row.customer_id, row.contact) == (place.order_id, "1", customer, contact)
    assert (row.total_minor, row.currency, row.line_count, row.units) == (500, "GBP", 2, 4)
    assert (row.status, row.cancellation_requested, row.cancel_reason) == ("cancelled", True, "too late")
    assert (row.version, row.placed_at) == (3, placed_at(place.order_id))


def test_orders_are_listed_newest_first():
    old, new = an_order(), an_order()
    execute(new)
    moment = placed_at(new.order_id) - timedelta(days=1)
    execute(an_order(order_id=old.order_id, placed_at=moment))

    assert [row.id for row in queries.orders()] == [new.order_id, old.order_id]


def test_an_order_of_a_thousand_lines_is_one_order():
    place = an_order(*[line("0.85", 6) for _ in range(1_114)])

    execute(place, ConfirmOrder(order_id=place.order_id))

    assert len(stored(place.order_id).lines) == 1_114
    assert queries.orders().get().total_minor == 1_114 * 510


def test_an_unknown_order_is_none():
    assert queries.order(uuid4()) is None
    assert queries.moments(uuid4()) == {}


def test_the_timeline_tells_commands_and_events_and_what_became_of_each_delivery(django_assert_num_queries):
    place = an_order()
    execute(place, ConfirmOrder(order_id=place.order_id))
    sent(CancelOrder(order_id=place.order_id, reason="payment declined"))
    drain(lane_of(str(place.order_id)))

    with django_assert_num_queries(2):
        told = [
            (message.name, [d.get_state_display() for d in message.deliveries.all()])
            for message in queries.timeline(place.order_id)
        ]

    ours = [(name, states) for name, states in told if name.startswith("orders.")]
    assert [name for name, _ in ours] == [
        "orders.place_order",
        "orders.order_placed",
        "orders.confirm_order",
        "orders.order_confirmed",
        "orders.cancel_order",
        "orders.order_cancelled",
    ]
    assert dict(ours)["orders.cancel_order"] == ["done"]


def test_the_moments_of_an_order_are_those_of_its_events():
    place = an_order()
    execute(place)
    execute(ConfirmOrder(order_id=place.order_id))
    execute(ApproveOrder(order_id=place.order_id))

    moments = queries.moments(place.order_id)

    assert list(moments) == ["orders.order_approved", "orders.order_confirmed", "orders.order_placed"]
    assert (
        moments["orders.order_placed"]
        <= moments["orders.order_confirmed"]
        <= moments["orders.order_approved"]
    )


def test_a_double_click_at_the_same_moment_confirms_once():
    place = an_order()
    execute(place)
    confirm = ConfirmOrder(order_id=place.order_id)

    with beside() as start:
        with transaction.atomic():
            execute(confirm)
            second = start(lambda: execute(confirm))
            wait_until_blocked(1)
        second.result()

    assert Message.objects.filter(name="orders.order_confirmed").count() == 1


def test_a_cancellation_and_an_approval_at_the_same_moment_reach_one_end():
    place = an_order()
    execute(place, ConfirmOrder(order_id=place.order_id))

    with beside() as start:
        with transaction.atomic():
            execute(RequestCancellation(order_id=place.order_id, reason="changed my mind"))
            approval = start(lambda: execute(ApproveOrder(order_id=place.order_id)))
            wait_until_blocked(1)
        approval.result()

    assert stored(place.order_id).status is Status.APPROVED
    assert stored(place.order_id).cancellation_is_requested


def test_a_refused_order_leaves_no_trace():
    place = an_order()
    execute(place)
    before = Message.objects.count()

    with pytest.raises(OrderDiffers):
        execute(an_order(line("99"), order_id=place.order_id))

    assert Message.objects.count() == before


def test_a_number_that_is_taken_is_refused_in_words():
    execute(an_order(number="536365"))

    with pytest.raises(OrderNumberTaken, match="choose another one"):
        execute(an_order(number="536365"))

    assert OrderRow.objects.count() == OrderNumber.objects.count() == 1


def test_of_two_who_take_a_number_at_once_the_second_is_refused_in_words():
    with beside() as start:
        with transaction.atomic():
            execute(an_order(number="536365"))
            second = start(lambda: execute(an_order(number="536365")))
            wait_until_blocked(1)
        with pytest.raises(OrderNumberTaken):
            second.result()

    assert OrderRow.objects.count() == 1


def test_the_same_order_placed_twice_at_once_is_one_order():
    place = an_order(line())

    with beside() as start:
        with transaction.atomic():
            execute(place)
            moment = placed_at(place.order_id)
            second = start(lambda: execute(place))
            wait_until_blocked(1)
        second.result()

    assert queries.orders().get().placed_at == moment


def test_numbers_for_people_never_come_twice():
    numbers = [queries.next_number() for _ in range(3)]

    assert len(set(numbers)) == 3
    assert all(number.startswith("S-") and len(number) == 8 for number in numbers)


def test_a_refused_command_that_was_delivered_is_kept_for_a_human():
    place = an_order()
    execute(place, ConfirmOrder(order_id=place.order_id), ApproveOrder(order_id=place.order_id))
    sent(CancelOrder(order_id=place.order_id, reason="too late"))

    drain(lane_of(str(place.order_id)))

    delivery = Delivery.objects.get(handler="orders.cancel_order")
    assert "can no longer be cancelled" in str(delivery.last_error)
    assert delivery.state != Delivery.State.DONE
