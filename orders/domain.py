"""What does an order decide?"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from events import Aggregate, Money, applies
from orders.commands import PlaceOrder
from orders.errors import (
    InvalidMoment,
    InvalidNumber,
    InvalidText,
    OrderCannotBeApproved,
    OrderCannotBeCancelled,
    OrderCannotBeConfirmed,
    OrderDiffers,
    OrderIsUnknown,
    PaymentMethodMissing,
)
from orders.events import (
    OrderApproved,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderLine,
    OrderPlaced,
    ShipTo,
)
from orders.lines import LONGEST_CODE, is_code, is_storable, order_lines, order_total


class Status(StrEnum):
    """The order's own life; how far payment and parcel are is told by others."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class Order(Aggregate):
    """Draft, confirmed, then approved or cancelled; lines, prices and total are frozen when it is placed."""

    category = "orders.order"
    id_field = "order_id"

    status = Status.DRAFT
    number: str
    customer_id: UUID | None
    lines: tuple[OrderLine, ...]
    total: Money
    payment_method: str
    ship_to: ShipTo
    # None of an order whose story begins with its confirmation (version 1 told no more).
    placed: OrderPlaced | None = None
    cancellation_is_requested = False
    cancel_reason = ""

    @property
    def allowed(self) -> tuple[str, ...]:
        """The moves that its customer can make now."""
        match self.status:
            case Status.DRAFT if self.exists:
                return ("confirm", "cancel")
            case Status.CONFIRMED if not self.cancellation_is_requested:
                return ("cancel",)
            case _:
                return ()

    def place(self, wanted: PlaceOrder, *, now: datetime) -> None:
        """Placing the same order again is no error. Raises `InvalidOrder`, `OrderDiffers`."""
        before = self.placed.placed_at if self.placed else now
        placed = _placed(wanted, placed_at=_utc(wanted.placed_at or before))
        if not self.exists:
            self.record(placed)
        elif placed != self.placed:
            raise OrderDiffers(
                f"order {self.id} was placed before with other content: give a new order a new id"
            )

    def confirm(self) -> None:
        """Confirming twice is no error: people click twice."""
        self._must_exist()
        if self.status is Status.CANCELLED:
            raise OrderCannotBeConfirmed(
                f"order {self.number} is cancelled and cannot be confirmed: place a new order",
                allowed=self.allowed,
            )
        if self.status is Status.DRAFT:
            self.record(
                OrderConfirmed(
                    order_id=self.id,
                    number=self.number,
                    customer_id=self.customer_id,
                    lines=self.lines,
                    total=self.total,
                    payment_method=self.payment_method,
                    ship_to=self.ship_to,
                )
            )

    def approve(self) -> None:
        """Approving twice is no error: a saga may have to ask again."""
        self._must_exist()
        if self.status not in {Status.CONFIRMED, Status.APPROVED}:
            raise OrderCannotBeApproved(
                f"order {self.number} is {self.status}: only a confirmed order can be approved",
                allowed=self.allowed,
            )
        if self.status is Status.CONFIRMED:
            self.record(
                OrderApproved(
                    order_id=self.id,
                    number=self.number,
                    customer_id=self.customer_id,
                    total=self.total,
                    contact=self.ship_to.contact,
                )
            )

    def request_cancellation(self, *, reason: str) -> None:
        """A draft is cancelled at once; of a confirmed order the request is recorded, once, and its saga decides."""
        self._must_be_cancellable()
        if not is_storable(reason):
            raise InvalidText("the reason for the cancellation must have at most 1,000 characters and no NUL")
        if self.status is Status.CANCELLED or self.cancellation_is_requested:
            return
        self.record(OrderCancellationRequested(order_id=self.id, reason=reason))
        if self.status is Status.DRAFT:
            self.cancel(reason=reason)

    def cancel(self, *, reason: str) -> None:
        """Cancelling twice is no error: a saga may have to ask again."""
        self._must_be_cancellable()
        if self.status is not Status.CANCELLED:
            self.record(
                OrderCancelled(
                    order_id=self.id,
                    reason=reason,
                    # Before approval nothing is captured that the saga has not undone.
                    refund_amount=Money(0, self.total.currency),
                    number=self.number,
                    contact=self.ship_to.contact,
                )
            )

    def _must_exist(self) -> None:
        if not self.exists:
            raise OrderIsUnknown(f"there is no order {self.id}: place it first, or check the id")

    def _must_be_cancellable(self) -> None:
        self._must_exist()
        if self.status is Status.APPROVED:
            raise OrderCannotBeCancelled(
                f"order {self.number} is approved and on its way: it can no longer be cancelled",
                allowed=self.allowed,
            )

    @applies(OrderPlaced)
    def _placed(self, event: OrderPlaced) -> None:
        self._took_down(event)
        self.placed = event

    @applies(OrderConfirmed)
    def _confirmed(self, event: OrderConfirmed) -> None:
        self._took_down(event)
        self.status = Status.CONFIRMED

    @applies(OrderApproved)
    def _approved(self, event: OrderApproved) -> None:
        self.status = Status.APPROVED

    @applies(OrderCancellationRequested)
    def _cancellation_requested(self, event: OrderCancellationRequested) -> None:
        self.cancellation_is_requested = True

    @applies(OrderCancelled)
    def _cancelled(self, event: OrderCancelled) -> None:
        self.status = Status.CANCELLED
        self.cancel_reason = event.reason

    def _took_down(self, event: OrderPlaced | OrderConfirmed) -> None:
        self.number = event.number
        self.customer_id = event.customer_id
        self.lines = event.lines
        self.total = event.total
        self.payment_method = event.payment_method
        self.ship_to = event.ship_to


def _placed(wanted: PlaceOrder, *, placed_at: datetime) -> OrderPlaced:
    number = wanted.number.strip()
    if not is_code(number):
        raise InvalidNumber(
            f"the number {wanted.number!r} must have 1 to {LONGEST_CODE} printable characters"
        )
    for text in (wanted.payment_method, wanted.ship_to.country):
        if not is_storable(text):
            raise InvalidText("payment method and country must have at most 1,000 characters and no NUL")
    lines = order_lines(wanted.lines, wanted.currency)
    total = order_total(lines, wanted.currency)
    if total and not wanted.payment_method.strip():
        raise PaymentMethodMissing(f"order {number} costs {total}: say how it is paid")
    return OrderPlaced(
        order_id=wanted.order_id,
        number=number,
        customer_id=wanted.customer_id,
        lines=lines,
        total=total,
        payment_method=wanted.payment_method,
        ship_to=wanted.ship_to,
        placed_at=placed_at,
    )


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InvalidMoment(f"placed_at {moment.isoformat()} names no time zone: state it in UTC, with a Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidMoment(
            f"placed_at {moment.isoformat()} lies outside of the years 1 to 9999 in UTC"
        ) from error
