"""OrderConfirmed as it was told before it knew lines."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from events import Money
from events.upcasting import decoded
from orders.domain import Order, Status
from orders.events import LineKind, OrderApproved, OrderConfirmed

STORED = Path(__file__).parents[2] / "architecture" / "messages" / "orders.order_confirmed" / "1.json"


def lift(**changes: object) -> OrderConfirmed:
    stored = json.loads(STORED.read_text()) | changes
    told = {name: value for name, value in stored.items() if value is not None}
    confirmed = decoded("orders.order_confirmed", 1, json.dumps(told))
    assert isinstance(confirmed, OrderConfirmed)
    return confirmed


@pytest.fixture
def lifted() -> OrderConfirmed:
    return lift()


def test_version_1_is_lifted_to_money_in_minor_units(lifted):
    assert lifted.order_id == UUID("0190d5a4-6f3e-7c2a-9b61-3f1c5e7d9a20")
    assert lifted.customer_id == UUID("0190d5a4-6f3e-7c2a-9b61-3f1c5e7d9a21")
    assert lifted.total == Money(9999, "USD")


def test_the_lines_of_a_lifted_order_sum_to_its_total_and_reserve_no_stock(lifted):
    (line,) = lifted.lines

    assert line.amount == lifted.total
    assert (line.kind, line.quantity, line.unit_price) == (LineKind.FEE, 1, "99.99")


def test_lifting_the_same_message_twice_gives_the_same_message(lifted):
    assert lift() == lifted


@pytest.mark.parametrize(
    ("told", "meant"), [(0, 0), (0.1, 10), (19.989999771118164, 1999), (1e3, 100_000), (0.005, 1), (1e-7, 0)]
)
def test_a_float_total_is_rounded_once(told, meant):
    confirmed = lift(order_total=told)

    assert confirmed.total == confirmed.lines[0].amount == Money(meant, "USD")


def test_version_1_without_a_currency_meant_dollars():
    assert lift(currency=None).total == Money(9999, "USD")


def test_an_order_whose_story_begins_with_version_1_can_be_approved(lifted):
    order = Order(lifted.order_id)
    order.apply(lifted)

    order.approve()

    assert order.status is Status.APPROVED
    (approved,) = order.recorded
    assert isinstance(approved, OrderApproved)
    assert (approved.number, approved.total, approved.contact) == (str(order.id), lifted.total, None)
