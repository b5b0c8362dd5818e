"""What people see of a saga."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sagas.facts import ITSELF, Direction
from sagas.progress import Position, positions, waiting_for

from .scenario import Scenario
from .toys import (
    InventoryReleased,
    InventoryReserved,
    OrderApproved,
    OrderCancelled,
    OrderConfirmed,
    PaymentFailed,
)


@pytest.fixture
def saga() -> Scenario:
    return Scenario()


def waits(saga: Scenario) -> list[tuple[str, Direction]]:
    return [(wait.step, wait.direction) for wait in waiting_for(saga.plan, saga.history)]


def test_a_confirmed_order_waits_for_stock_and_payment(saga):
    assert waits(saga) == [("inventory", Direction.DO), ("payment", Direction.DO)]


def test_a_wait_names_the_last_command_that_can_be_answered(saga):
    saga.after(timedelta(minutes=1))

    asked = waiting_for(saga.plan, saga.history)[1].command_id
    assert saga.history.commands[asked].direction is Direction.ASK


def test_a_turned_back_order_waits_for_what_is_undone_then_for_itself(saga):
    saga.given(PaymentFailed(payment_id=saga.id_of("payment")))
    assert waits(saga) == [("inventory", Direction.UNDO)]

    saga.when(InventoryReleased(reservation_id=saga.id_of("inventory")))
    assert waits(saga) == [(ITSELF, Direction.UNDO)]

    saga.when(OrderCancelled())
    assert waits(saga) == []


def test_a_step_is_seen_on_its_way_forward(saga):
    saga.given(InventoryReserved(reservation_id=saga.id_of("inventory"))).after(timedelta(minutes=1))

    seen = positions(saga.plan, saga.history)

    assert list(seen) == ["inventory", "payment", "shipping", "capture", "commitment", "approval"]
    assert list(seen.values()) == [Position.DONE, Position.IN_DOUBT, *[Position.NOT_SENT] * 4]


def test_a_step_is_seen_on_its_way_back(saga):
    saga.given(PaymentFailed(payment_id=saga.id_of("payment")))
    assert positions(saga.plan, saga.history)["payment"] is Position.FAILED
    assert positions(saga.plan, saga.history)["inventory"] is Position.UNDOING

    saga.when(InventoryReleased(reservation_id=saga.id_of("inventory")))
    assert positions(saga.plan, saga.history)["inventory"] is Position.UNDONE


def test_a_step_that_is_left_out_is_seen_as_such():
    saga = Scenario(OrderConfirmed(total=0, products=0)).given(OrderApproved())

    seen = positions(saga.plan, saga.history)

    assert seen["payment"] is Position.LEFT_OUT
    assert seen["approval"] is Position.DONE
