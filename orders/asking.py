"""How does a request become a command? Priced by us, in one unit of work with what it needs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from events import Command, personal, store
from events.actors import person_of
from events.api import require_version
from events.errors import ConcurrencyConflict
from events.execution import execute, unit_of_work
from events.ids import new_id
from orders import queries
from orders.access import guest_order, require
from orders.commands import PlaceOrder, ShipTo
from orders.domain import Order
from orders.refusing import as_problems

_RACES_ALLOWED = 5


def placed(request: Request, wanted: dict[str, Any]) -> Order:
    contact, order_id = new_id(), guest_order(request) or new_id()
    person = person_of(request.user)
    recipient = wanted["ship_to"]
    with as_problems(wanted["lines"]):
        priced = queries.priced([queries.Wanted(**line) for line in wanted["lines"]])
        with unit_of_work():
            kept = {name: recipient[name] for name in ("name", "email", "address")}
            personal.keep(contact, kept, person=person)
            execute(
                PlaceOrder(
                    order_id=order_id,
                    number=queries.next_number(),
                    customer_id=person,
                    currency=priced.currency,
                    lines=priced.lines,
                    payment_method=wanted["payment_method"],
                    ship_to=ShipTo(country=recipient["country"], contact=contact),
                )
            )
            return store.load(Order, order_id)


def changed(request: Request, order_id: UUID, command: Command, permission: str) -> Order:
    """The order after the command, for which staff need a permission where the order is not their own.

    A race against somebody else is decided anew, on what they left.
    """
    for _ in range(_RACES_ALLOWED - 1):
        try:
            return _change(request, order_id, command, permission)
        except ConcurrencyConflict:
            continue
    return _change(request, order_id, command, permission)


def _change(request: Request, order_id: UUID, command: Command, permission: str) -> Order:
    with unit_of_work():
        # In the unit of work: it is refused where the version that If-Match allowed is no longer the last one.
        order = store.load(Order, order_id)
        require(request, permission, order)
        require_version(request, order.version)
        execute(command)
        return store.load(Order, order_id)
