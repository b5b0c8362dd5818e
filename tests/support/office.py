"""A shop with orders in every state, and the people who look after them."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import Group, User
from django.db.models.functions import Now
from django.test import Client

from events.drain import drain
from events.execution import execute, unit_of_work
from events.lanes import all_lanes
from events.log import Log
from events.models import Delivery
from events.registry import registry
from inventory.commands import ReceiveStock
from orders.commands import ConfirmOrder
from orders.models import CatalogueItem
from tests.support.shop import an_order, line, units

ERROR = {
    "type": "payments.gateways.NoAnswer",
    "message": "no answer about ann@example.org within 2 s",
    "traceback": ["gateways.py:88 authorise"],
}


def member(*roles: str, is_superuser: bool = False) -> Client:
    """A browser in which somebody of these roles has logged in."""
    name = "-".join(roles) or ("root" if is_superuser else "nobody")
    user = User.objects.create_user(f"{name}-{uuid4().hex[:6]}", is_staff=True, is_superuser=is_superuser)
    user.groups.set(Group.objects.filter(name__in=roles))
    client = Client()
    client.force_login(user)
    return client


def stocked(**quantities: int) -> None:
    for sku in quantities:
        CatalogueItem.objects.create(sku=sku, name=f"A {sku.lower()}", unit_price="10.00", currency="GBP")
    execute(ReceiveStock(receipt_id=uuid4(), lines=units(**quantities)))


def ordered(*, confirmed: bool = True, **fields: Any) -> UUID:
    order = an_order(line(quantity=2), customer_id=uuid4(), **fields)
    execute(order)
    if confirmed:
        execute(ConfirmOrder(order_id=order.order_id))
    return order.order_id


def begun() -> UUID:
    """An order whose saga has sent its first commands; nobody has claimed them."""
    order_id = ordered()
    start = Delivery.objects.get(handler="sagas.order", message__key=str(order_id))
    (message,) = Log().messages([start.message_id]).values()
    saga = registry.handler("sagas.order")
    assert saga is not None, "the order saga runs"
    with unit_of_work() as unit, unit.turn(message):
        saga.run(message, None)
    Delivery.objects.filter(id=start.id).update(state=Delivery.State.DONE, done_at=Now(), claimed_at=Now())
    return order_id


def drained(*, rounds: int = 3) -> None:
    """What is due now is handled; what is due later waits."""
    for _ in range(rounds):
        for _, lane in all_lanes():
            drain(lane)


def killed(handler: str) -> list[int]:
    """The pending deliveries to this handler have used up their attempts."""
    pending = Delivery.objects.filter(handler=handler, state=Delivery.State.PENDING)
    ids = list(pending.values_list("id", flat=True))
    Delivery.objects.filter(id__in=ids).update(
        state=Delivery.State.DEAD, attempts=8, failed_at=Now(), last_error=ERROR, token=None
    )
    return ids


def saga_page(order_id: UUID) -> str:
    return f"/admin/sagas/sagarow/sagas.order-{order_id}/change/"


def order_page(order_id: UUID) -> str:
    return f"/admin/orders/orderrow/{order_id}/change/"
