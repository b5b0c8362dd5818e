"""What happens to an order once it is confirmed? Stock, money, a parcel, and approval; or all of it taken back."""

from __future__ import annotations

from datetime import timedelta

from inventory.commands import CommitReservation, ReleaseInventory, ReserveInventory, SkuQuantity
from inventory.events import (
    InventoryCommitted,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
)
from orders.commands import ApproveOrder, CancelOrder
from orders.events import OrderApproved, OrderCancellationRequested, OrderCancelled, OrderConfirmed
from payments.commands import CapturePayment, ProcessPayment, ReconcilePayment, VoidPayment
from payments.events import (
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentFailed,
    PaymentProcessed,
    PaymentVoided,
)
from sagas.definition import Compensatable, Compensation, Context, Pivot, Retriable, Saga, Timeout
from sagas.runner import run
from shipping.commands import ArrangeShipping, CancelShipment, Destination, ParcelLine
from shipping.events import ShipmentCancelled, ShippingArranged, ShippingArrangementFailed


def has_products(order: OrderConfirmed) -> bool:
    return any(line.kind == "product" for line in order.lines)


def costs_something(order: OrderConfirmed) -> bool:
    return bool(order.total)


def reserve_inventory(order: OrderConfirmed, saga: Context) -> ReserveInventory:
    lines = tuple(SkuQuantity(sku=sku, quantity=quantity) for sku, quantity in _products(order).items())
    return ReserveInventory(order_id=order.order_id, reservation_id=saga.id_of("inventory"), lines=lines)


def release_inventory(order: OrderConfirmed, saga: Context) -> ReleaseInventory:
    return ReleaseInventory(order_id=order.order_id, reservation_id=saga.id_of("inventory"))


def process_payment(order: OrderConfirmed, saga: Context) -> ProcessPayment:
    return ProcessPayment(
        order_id=order.order_id,
        payment_id=saga.id_of("payment"),
        amount=order.total,
        payment_method=order.payment_method,
    )


def reconcile_payment(order: OrderConfirmed, saga: Context) -> ReconcilePayment:
    return ReconcilePayment(order_id=order.order_id, payment_id=saga.id_of("payment"))


def void_payment(order: OrderConfirmed, saga: Context) -> VoidPayment:
    payment_id, currency = saga.id_of("payment"), order.total.currency
    return VoidPayment(order_id=order.order_id, payment_id=payment_id, currency=currency)


def arrange_shipping(order: OrderConfirmed, saga: Context) -> ArrangeShipping:
    return ArrangeShipping(
        order_id=order.order_id,
        shipment_id=saga.id_of("shipping"),
        ship_to=Destination(country=order.ship_to.country, contact=order.ship_to.contact),
        lines=tuple(ParcelLine(sku=sku, quantity=quantity) for sku, quantity in _products(order).items()),
    )


def cancel_shipment(order: OrderConfirmed, saga: Context) -> CancelShipment:
    return CancelShipment(order_id=order.order_id, shipment_id=saga.id_of("shipping"))


def capture_payment(order: OrderConfirmed, saga: Context) -> CapturePayment:
    return CapturePayment(order_id=order.order_id, payment_id=saga.id_of("payment"), amount=order.total)


def commit_reservation(order: OrderConfirmed, saga: Context) -> CommitReservation:
    return CommitReservation(order_id=order.order_id, reservation_id=saga.id_of("inventory"))


def approve_order(order: OrderConfirmed, saga: Context) -> ApproveOrder:
    return ApproveOrder(order_id=order.order_id)


def cancel_order(order: OrderConfirmed, saga: Context) -> CancelOrder:
    return CancelOrder(order_id=order.order_id, reason=saga.reason)


@run
class OrderSaga(Saga[OrderConfirmed]):
    """Stock and payment side by side, then the parcel; the capture decides, and what follows cannot fail.

    Unlike the picture in the article, shipping waits for both: unpaid or missing goods would ship.
    """

    name = "order"
    started_by = OrderConfirmed
    correlated_by = "order_id"
    turned_back_by = OrderCancellationRequested
    compensation = Compensation(send=cancel_order, succeeds_on=OrderCancelled)

    steps = (
        # What happens inside our own database is never in doubt: no time-out.
        Compensatable(
            name="inventory",
            when=has_products,
            send=reserve_inventory,
            by="reservation_id",
            succeeds_on=InventoryReserved,
            fails_on=InventoryReservationFailed,
            compensation=Compensation(send=release_inventory, succeeds_on=InventoryReleased),
        ),
        Compensatable(
            name="payment",
            when=costs_something,
            send=process_payment,
            by="payment_id",
            succeeds_on=PaymentProcessed,
            fails_on=PaymentFailed,
            # Half an hour: a customer may have to authenticate at the bank meanwhile.
            timeout=Timeout(
                after=timedelta(seconds=60), ask=reconcile_payment, give_up=timedelta(minutes=30)
            ),
            compensation=Compensation(send=void_payment, succeeds_on=PaymentVoided),
        ),
        Compensatable(
            name="shipping",
            after=("inventory", "payment"),
            when=has_products,
            send=arrange_shipping,
            by="shipment_id",
            succeeds_on=ShippingArranged,
            fails_on=ShippingArrangementFailed,
            timeout=Timeout(after=timedelta(minutes=10)),
            compensation=Compensation(send=cancel_shipment, succeeds_on=ShipmentCancelled),
        ),
        Pivot(
            name="capture",
            after=("inventory", "payment", "shipping"),
            when=costs_something,
            send=capture_payment,
            by="payment_id",
            of="payment",
            succeeds_on=PaymentCaptured,
            fails_on=PaymentCaptureFailed,
            timeout=Timeout(after=timedelta(seconds=60), ask=reconcile_payment),
        ),
        Retriable(
            name="commitment",
            after=("capture",),
            when=has_products,
            send=commit_reservation,
            by="reservation_id",
            of="inventory",
            succeeds_on=InventoryCommitted,
        ),
        Retriable(
            name="approval", after=("capture", "commitment"), send=approve_order, succeeds_on=OrderApproved
        ),
    )


def _products(order: OrderConfirmed) -> dict[str, int]:
    """How many of each SKU: one SKU may stand on several lines, at two prices too."""
    quantities: dict[str, int] = {}
    for line in order.lines:
        if line.kind == "product":
            quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    return quantities
