"""Orders of every sort on real workers that are killed and robbed of their Redis: all end, and every invariant holds."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest
import redis
from django.db.models import Count

from config.invariants import verify
from events import Money
from events.execution import execute
from events.lanes import lane_of
from events.models import Delivery
from inventory.models import Stock
from orders.commands import ConfirmOrder, PlaceOrder, RequestCancellation, ShipTo
from orders.domain import Status
from orders.errors import OrderCannotBeCancelled
from orders.models import OrderRow
from payments.models import SandboxEntry
from sagas.models import SagaRow
from tests.acceptance.sagas.conftest import RARE
from tests.support.fire import (
    again_and_again,
    end_the_leases_of_calls,
    forget_everything,
    kill_one_of_the_pool,
)
from tests.support.shop import an_order, line
from tests.support.stack import Workers, eventually
from tests.toys.accounts.commands import DepositMoney

pytestmark = [pytest.mark.django_db, pytest.mark.workers]

APPROVED, CANCELLED = Status.APPROVED, Status.CANCELLED
ORDERS = 150
# How long there is fire, and how long it may take until all is done.
FIRE, PATIENCE = 4.0, 25.0


RARE_ONE, REGRETTED = "rare", "regretted"

# Ten sorts of orders, placed in turn, and how they end; of two sorts that depends on who comes first.
SORTS: tuple[tuple[Callable[[], PlaceOrder], str], ...] = (
    (an_order, APPROVED),
    (lambda: an_order(payment_method="tok_declined"), CANCELLED),
    (lambda: an_order(payment_method="tok_timeout_charged"), APPROVED),
    (lambda: an_order(line(sku="RARE")), RARE_ONE),
    (an_order, REGRETTED),
    (lambda: an_order(payment_method="tok_timeout_not_charged"), APPROVED),
    (lambda: an_order(ship_to=ShipTo(country="Antarctica")), CANCELLED),
    (lambda: an_order(payment_method="tok_capture_declined"), CANCELLED),
    (
        lambda: an_order(ship_to=ShipTo(country="XT"), payment_method="tok_capture_timeout_not_charged"),
        APPROVED,
    ),
    (lambda: an_order(line("0"), payment_method=""), APPROVED),
)


class Shop:
    """The orders that were placed, and how each must end."""

    def __init__(self) -> None:
        self.ends: dict[UUID, str] = {}

    def of(self, end: str) -> list[UUID]:
        return [order_id for order_id, expected in self.ends.items() if expected == end]

    def place(self, number: int) -> UUID:
        place, end = SORTS[number % len(SORTS)]
        order = place()
        execute(order, ConfirmOrder(order_id=order.order_id))
        self.ends[order.order_id] = end
        return order.order_id

    def regret(self) -> None:
        """The customer of the last order of that sort thinks better of it; perhaps too late."""
        order_id = self.of(REGRETTED)[-1]
        try:
            execute(RequestCancellation(order_id=order_id, reason="changed my mind"))
        except OrderCannotBeCancelled:
            self.ends[order_id] = APPROVED


@pytest.fixture
def shop() -> Iterator[Shop]:
    with again_and_again(end_the_leases_of_calls, every=0.5):
        yield Shop()


def orders_placed(shop: Shop) -> None:
    """Place all orders, a few at a time, for as long as there is fire."""
    began = time.monotonic()
    for number in range(ORDERS):
        shop.place(number)
        # Some at once, some while all is under way.
        if number % 10 == 4 + number // 10 % 3:
            shop.regret()
        time.sleep(max(0.0, began + FIRE * number / ORDERS - time.monotonic()))


def all_is_done() -> bool:
    return not Delivery.objects.filter(state=Delivery.State.PENDING).exists()


def assert_every_order_ended_once(shop: Shop) -> None:
    eventually(all_is_done, within=PATIENCE, every=0.1)
    verdict = verify()
    assert verdict.rest.at_rest
    assert {one.name: one.offending for one in verdict.broken} == {}
    assert SagaRow.objects.count() == SagaRow.objects.exclude(ended_at=None).count() == ORDERS
    found = dict(OrderRow.objects.values_list("id", "status"))
    for end in (APPROVED, CANCELLED):
        assert {found[order_id] for order_id in shop.of(end)} == {end}
    assert Counter(found[order_id] for order_id in shop.of(RARE_ONE))[APPROVED] == RARE
    approved = sum(status == APPROVED for status in found.values())
    assert approved + sum(status == CANCELLED for status in found.values()) == ORDERS
    assert sum(Stock.objects.values_list("reserved", flat=True)) == approved
    entries = SandboxEntry.objects.values("order_id", "kind").annotate(times=Count("key"))
    assert not entries.filter(times__gt=1).exists()
    free = sum(found[order_id] == APPROVED for order_id in list(shop.ends)[len(SORTS) - 1 :: len(SORTS)])
    assert SandboxEntry.objects.filter(kind="capture").count() == approved - free


def dead_letters() -> list[tuple[str, str]]:
    dead = Delivery.objects.filter(state=Delivery.State.DEAD)
    return list(dead.values_list("handler", "message__key"))


def test_cases_24_and_25_orders_end_while_the_processes_that_carry_them_are_killed(
    at_work: Workers, shop: Shop
):
    killed: list[int] = []

    with again_and_again(partial(kill_one_of_the_pool, at_work, killed), every=0.2, jitter=0.1):
        orders_placed(shop)

    assert_every_order_ended_once(shop)
    assert dead_letters() == []
    assert len(killed) > 8


def test_orders_end_when_the_whole_worker_is_killed_again_and_again(at_work: Workers, shop: Shop):
    killed: list[int] = []

    def kill_the_worker() -> None:
        for pid in at_work.main_pids:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    with again_and_again(kill_the_worker, every=1.5):
        orders_placed(shop)

    assert_every_order_ended_once(shop)
    assert dead_letters() == []
    assert len(set(killed)) >= 2


def test_case_26_orders_end_while_redis_forgets_everything(
    at_work: Workers, shop: Shop, redis_client: redis.Redis
):
    with again_and_again(partial(forget_everything, redis_client), every=0.2):
        orders_placed(shop)

    assert_every_order_ended_once(shop)
    assert dead_letters() == []


def test_case_29_orders_end_beside_a_message_that_kills_whoever_reads_it(at_work: Workers, shop: Shop):
    neighbour = [shop.place(number) for number in range(20)][-1]
    lane = lane_of(str(neighbour))
    poisoned = next(account for account in iter(uuid4, None) if lane_of(str(account)) == lane)
    execute(DepositMoney(account_id=poisoned, amount=Money(1, "GBP"), trouble="reader dies"))
    for number in range(20, ORDERS):
        shop.place(number)

    assert_every_order_ended_once(shop)
    assert dead_letters() == [("mailbox.read_letter", str(poisoned))]
