"""How does orders obey?"""

from __future__ import annotations

from events import handles, store
from events.unit import current_unit
from orders import numbers
from orders.commands import ApproveOrder, CancelOrder, ConfirmOrder, PlaceOrder, RequestCancellation
from orders.domain import Order
from orders.numbers import order_numbers


@handles(PlaceOrder, on=Order, needs=lambda command: [(order_numbers, numbers.normalized(command.number))])
def place_order(command: PlaceOrder) -> None:
    with store.change(Order, command.order_id) as order:
        order.place(command, now=current_unit().now())
        numbers.take(order.number, order.id)


@handles(ConfirmOrder, on=Order)
def confirm_order(command: ConfirmOrder) -> None:
    with store.change(Order, command.order_id) as order:
        order.confirm()


@handles(ApproveOrder, on=Order)
def approve_order(command: ApproveOrder) -> None:
    with store.change(Order, command.order_id) as order:
        order.approve()


@handles(RequestCancellation, on=Order)
def request_cancellation(command: RequestCancellation) -> None:
    with store.change(Order, command.order_id) as order:
        order.request_cancellation(reason=command.reason)


@handles(CancelOrder, on=Order)
def cancel_order(command: CancelOrder) -> None:
    with store.change(Order, command.order_id) as order:
        order.cancel(reason=command.reason)
