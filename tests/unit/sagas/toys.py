"""The order saga with toy messages: the graph of the real one, and nothing of its contexts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from events.messages import Command, DomainEvent
from sagas.definition import (
    Compensatable,
    Compensation,
    Context,
    NonCritical,
    Pivot,
    Retriable,
    Saga,
    Step,
    Timeout,
)

ORDER = UUID(int=7)
KEY = str(ORDER)


class OrderConfirmed(DomainEvent, frozen=True, kw_only=True):
    order_id: UUID = ORDER
    total: int = 1999
    products: int = 2


class _OfOrder(DomainEvent, frozen=True, kw_only=True):
    order_id: UUID = ORDER


class OrderCancellationRequested(_OfOrder, frozen=True, kw_only=True):
    reason: str = ""


class OrderApproved(_OfOrder, frozen=True, kw_only=True):
    pass


class OrderCancelled(_OfOrder, frozen=True, kw_only=True):
    pass


class CustomerTold(_OfOrder, frozen=True, kw_only=True):
    pass


class CustomerNotTold(_OfOrder, frozen=True, kw_only=True):
    pass


class _OfReservation(DomainEvent, frozen=True, kw_only=True):
    reservation_id: UUID


class InventoryReserved(_OfReservation, frozen=True, kw_only=True):
    pass


class InventoryReservationFailed(_OfReservation, frozen=True, kw_only=True):
    reason: str = ""


class InventoryReleased(_OfReservation, frozen=True, kw_only=True):
    pass


class InventoryCommitted(_OfReservation, frozen=True, kw_only=True):
    pass


class _OfPayment(DomainEvent, frozen=True, kw_only=True):
    payment_id: UUID


class PaymentProcessed(_OfPayment, frozen=True, kw_only=True):
    pass


class PaymentFailed(_OfPayment, frozen=True, kw_only=True):
    code: str = ""


class PaymentVoided(_OfPayment, frozen=True, kw_only=True):
    pass


class PaymentCaptured(_OfPayment, frozen=True, kw_only=True):
    pass


class PaymentCaptureFailed(_OfPayment, frozen=True, kw_only=True):
    code: str = ""


class _OfShipment(DomainEvent, frozen=True, kw_only=True):
    shipment_id: UUID


class ShippingArranged(_OfShipment, frozen=True, kw_only=True):
    pass


class ShippingArrangementFailed(_OfShipment, frozen=True, kw_only=True):
    reason: str = ""


class ShipmentCancelled(_OfShipment, frozen=True, kw_only=True):
    pass


class ReserveInventory(Command, frozen=True, kw_only=True):
    reservation_id: UUID


class ReleaseInventory(Command, frozen=True, kw_only=True):
    reservation_id: UUID


class CommitReservation(Command, frozen=True, kw_only=True):
    reservation_id: UUID


class ProcessPayment(Command, frozen=True, kw_only=True):
    payment_id: UUID
    amount: int


class ReconcilePayment(Command, frozen=True, kw_only=True):
    payment_id: UUID


class VoidPayment(Command, frozen=True, kw_only=True):
    payment_id: UUID


class CapturePayment(Command, frozen=True, kw_only=True):
    payment_id: UUID


class ArrangeShipping(Command, frozen=True, kw_only=True):
    shipment_id: UUID


class CancelShipment(Command, frozen=True, kw_only=True):
    shipment_id: UUID


class ApproveOrder(Command, frozen=True, kw_only=True):
    order_id: UUID


class CancelOrder(Command, frozen=True, kw_only=True):
    order_id: UUID
    reason: str


class TellCustomer(Command, frozen=True, kw_only=True):
    order_id: UUID


def reserve_inventory(order: OrderConfirmed, saga: Context) -> ReserveInventory:
    return ReserveInventory(reservation_id=saga.id_of("inventory"))


def release_inventory(order: OrderConfirmed, saga: Context) -> ReleaseInventory:
    return ReleaseInventory(reservation_id=saga.id_of("inventory"))


def commit_reservation(order: OrderConfirmed, saga: Context) -> CommitReservation:
    return CommitReservation(reservation_id=saga.id_of("inventory"))


def process_payment(order: OrderConfirmed, saga: Context) -> ProcessPayment:
    return ProcessPayment(payment_id=saga.id_of("payment"), amount=order.total)


def reconcile_payment(order: OrderConfirmed, saga: Context) -> ReconcilePayment:
    return ReconcilePayment(payment_id=saga.id_of("payment"))


def void_payment(order: OrderConfirmed, saga: Context) -> VoidPayment:
    return VoidPayment(payment_id=saga.id_of("payment"))


def capture_payment(order: OrderConfirmed, saga: Context) -> CapturePayment:
    return CapturePayment(payment_id=saga.id_of("payment"))


def arrange_shipping(order: OrderConfirmed, saga: Context) -> ArrangeShipping:
    return ArrangeShipping(shipment_id=saga.id_of("shipping"))


def cancel_shipment(order: OrderConfirmed, saga: Context) -> CancelShipment:
    return CancelShipment(shipment_id=saga.id_of("shipping"))


def approve_order(order: OrderConfirmed, saga: Context) -> ApproveOrder:
    return ApproveOrder(order_id=order.order_id)


def cancel_order(order: OrderConfirmed, saga: Context) -> CancelOrder:
    return CancelOrder(order_id=order.order_id, reason=saga.reason)


def tell_customer(order: OrderConfirmed, saga: Context) -> TellCustomer:
    return TellCustomer(order_id=order.order_id)


def has_products(order: OrderConfirmed) -> bool:
    return order.products > 0


def has_to_be_paid(order: OrderConfirmed) -> bool:
    return order.total > 0


INVENTORY: Step[OrderConfirmed] = Compensatable(
    name="inventory",
    when=has_products,
    send=reserve_inventory,
    succeeds_on=InventoryReserved,
    fails_on=InventoryReservationFailed,
    by="reservation_id",
    compensation=Compensation(send=release_inventory, succeeds_on=InventoryReleased),
)
PAYMENT: Step[OrderConfirmed] = Compensatable(
    name="payment",
    when=has_to_be_paid,
    send=process_payment,
    succeeds_on=PaymentProcessed,
    fails_on=PaymentFailed,
    by="payment_id",
    timeout=Timeout(after=timedelta(seconds=60), ask=reconcile_payment, give_up=timedelta(minutes=30)),
    compensation=Compensation(send=void_payment, succeeds_on=PaymentVoided),
)
SHIPPING: Step[OrderConfirmed] = Compensatable(
    name="shipping",
    after=("inventory", "payment"),
    when=has_products,
    send=arrange_shipping,
    succeeds_on=ShippingArranged,
    fails_on=ShippingArrangementFailed,
    by="shipment_id",
    timeout=Timeout(after=timedelta(minutes=10)),
    compensation=Compensation(send=cancel_shipment, succeeds_on=ShipmentCancelled),
)
CAPTURE: Step[OrderConfirmed] = Pivot(
    name="capture",
    after=("shipping",),
    when=has_to_be_paid,
    send=capture_payment,
    succeeds_on=PaymentCaptured,
    fails_on=PaymentCaptureFailed,
    by="payment_id",
    of="payment",
    timeout=Timeout(after=timedelta(seconds=60), ask=reconcile_payment),
)
COMMITMENT: Step[OrderConfirmed] = Retriable(
    name="commitment",
    after=("capture",),
    when=has_products,
    send=commit_reservation,
    succeeds_on=InventoryCommitted,
    by="reservation_id",
    of="inventory",
)
APPROVAL: Step[OrderConfirmed] = Retriable(
    name="approval", after=("commitment",), send=approve_order, succeeds_on=OrderApproved
)
LETTER: Step[OrderConfirmed] = NonCritical(
    name="letter",
    after=("shipping",),
    send=tell_customer,
    succeeds_on=CustomerTold,
    fails_on=CustomerNotTold,
)


class OrderSaga(Saga[OrderConfirmed]):
    name = "order"
    started_by = OrderConfirmed
    correlated_by = "order_id"
    turned_back_by = OrderCancellationRequested
    compensation = Compensation(send=cancel_order, succeeds_on=OrderCancelled)
    steps: tuple[Step[OrderConfirmed], ...] = (INVENTORY, PAYMENT, SHIPPING, CAPTURE, COMMITMENT, APPROVAL)


class OrderSagaWithLetter(OrderSaga):
    steps = (*OrderSaga.steps, LETTER)
