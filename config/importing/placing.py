"""How do staged orders become orders? Through the same commands as everybody else's, many in one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from uuid import uuid5

from config.importing import staging
from config.importing.rows import customer_id
from config.importing.staging import StagedLine, StagedOrder
from events.errors import ConcurrencyConflict, Refusal
from events.execution import execute, unit_of_work
from orders.commands import ConfirmOrder, PlaceOrder, RequestedLine
from orders.domain import Order
from orders.events import LineKind, ShipTo
from orders.numbers import order_numbers

_ORDERS_AT_ONCE = 100
_LINES_AT_ONCE = 2_000
_RACES_ALLOWED = 5


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the file does not say of its orders."""

    currency: str
    confirm: bool = False
    decline_rate: float = 0.0
    seed: int = 0

    @property
    def states(self) -> tuple[str, ...]:
        """Which staged orders there is something to do for."""
        return ("new", "draft") if self.confirm else ("new",)

    def payment_method(self, number: str) -> str:
        """The sandbox's card: the same for the same order and seed, in whatever batch it comes."""
        declined = Random(f"{self.seed}/{number}").random() < self.decline_rate
        return "tok_declined" if declined else "tok_ok"


def place_all(terms: Terms, advance: Callable[[int], None]) -> None:
    """Place what is new and confirm what shall be confirmed; what a rule refuses after all is kept as refused."""
    for page in staging.orders(states=terms.states, page=_ORDERS_AT_ONCE):
        for batch in _batches(page):
            _place(batch, terms)
            advance(len(batch))


def _batches(page: Sequence[StagedOrder]) -> Iterator[list[StagedOrder]]:
    batch: list[StagedOrder] = []
    for order in page:
        if batch and sum(one.line_count for one in batch) + order.line_count > _LINES_AT_ONCE:
            yield batch
            batch = []
        batch.append(order)
    if batch:
        yield batch


def _place(batch: Sequence[StagedOrder], terms: Terms) -> None:
    lines = staging.lines([order.number for order in batch if not order.is_draft])
    commands = {
        order: None if order.is_draft else _command(order, lines[order.number], terms) for order in batch
    }
    try:
        _execute(commands, terms)
    except Refusal:
        # One of them; the others are placed all the same.
        for order, command in commands.items():
            try:
                _execute({order: command}, terms)
            except Refusal as refusal:
                staging.refuse(order.place, reason=refusal.code, detail=str(refusal))


def _execute(commands: dict[StagedOrder, PlaceOrder | None], terms: Terms) -> None:
    for _ in range(_RACES_ALLOWED - 1):
        try:
            return _execute_once(commands, terms)
        except ConcurrencyConflict:
            continue
    return _execute_once(commands, terms)


def _execute_once(commands: dict[StagedOrder, PlaceOrder | None], terms: Terms) -> None:
    with unit_of_work() as unit:
        unit.prefetch((Order, staged.order_id) for staged in commands)
        unit.prefetch((order_numbers, staged.number) for staged in commands)
        for staged, command in commands.items():
            if command is not None:
                execute(command)
            if terms.confirm:
                execute(ConfirmOrder(order_id=staged.order_id))


def _command(order: StagedOrder, lines: Sequence[StagedLine], terms: Terms) -> PlaceOrder:
    return PlaceOrder(
        order_id=order.order_id,
        number=order.number,
        customer_id=customer_id(order.customer) if order.customer else None,
        currency=terms.currency,
        lines=tuple(
            RequestedLine(
                # A line is known by its place in the order: a SKU may stand on several.
                line_id=uuid5(order.order_id, f"line/{place}"),
                kind=LineKind(line.kind),
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
            for place, line in enumerate(lines, start=1)
        ),
        payment_method=terms.payment_method(order.number),
        ship_to=ShipTo(country=order.country or ""),
        placed_at=order.placed_at,
    )
