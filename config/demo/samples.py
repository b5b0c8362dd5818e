"""Which sample orders are placed? Ordinary ones, and one of each thing that can go wrong, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from uuid import UUID, uuid5

from config.demo.shop import CURRENCY, ITEMS, SCARCE, Item
from events import personal
from events.execution import execute, unit_of_work
from events.ids import new_id
from orders.commands import ConfirmOrder, PlaceOrder, RequestCancellation, RequestedLine, ShipTo
from orders.events import LineKind
from orders.queries import next_number

_AT_ONCE = 10
_PEOPLE = UUID("0b8a3c53-0f63-5c1d-8d0e-2d8e5a9c7b11")
_NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Niklaus")
_COUNTRIES = ("United Kingdom", "France", "Germany", "EIRE", "Norway", "Portugal")
_GOODS = tuple(item for item in ITEMS if item.kind is LineKind.PRODUCT and item.sku not in {SCARCE, "SAMPLE"})
_BY_SKU = {item.sku: item for item in ITEMS}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A sort of order: how it is paid, where it goes, what is on it, whether somebody thinks better of it."""

    token: str = "tok_ok"  # noqa: S105  # the sandbox's cards are no secrets
    country: str | None = None
    skus: tuple[str, ...] = ()
    cancelled: bool = False


ORDINARY = Sample()
# One in two is ordinary, and every other thing happens in any twenty-six of them.
SAMPLES = tuple(
    sample
    for special in (
        Sample(token="tok_declined"),  # noqa: S106
        Sample(skus=(SCARCE,)),
        Sample(token="tok_timeout_charged"),  # noqa: S106
        Sample(skus=("SAMPLE",)),
        Sample(country="Antarctica"),
        Sample(cancelled=True),
        Sample(token="tok_timeout_not_charged"),  # noqa: S106
        Sample(skus=("POSTAGE", "GIFT-WRAP")),
        Sample(token="tok_insufficient_funds"),  # noqa: S106
        Sample(skus=(SCARCE, "TEAPOT")),
        Sample(token="tok_slow"),  # noqa: S106
        Sample(token="tok_capture_declined"),  # noqa: S106
        Sample(token="tok_declined", skus=(SCARCE,)),  # noqa: S106
    )
    for sample in (ORDINARY, special)
)


def place(count: int, advance: Callable[[int], None], *, seed: int = 7) -> list[UUID]:
    """Place and confirm so many orders, a few in each transaction; returns their ids."""
    random, samples = Random(seed), islice(cycle(SAMPLES), count)
    placed: list[UUID] = []
    while batch := list(islice(samples, _AT_ONCE)):
        with unit_of_work():
            placed += [_place(sample, random) for sample in batch]
        advance(len(batch))
    return placed


def place_lone() -> UUID:
    """Place an ordinary order, paid, in stock, with somebody to write to; its confirmation is the caller's."""
    with unit_of_work():
        order = _order(ORDINARY, Random(7), new_id(), contact=_contact("Ada", new_id()))
        execute(order)
    return order.order_id


def _place(sample: Sample, random: Random) -> UUID:
    name = random.choice(_NAMES)
    # A third are guests; one in six leaves nothing to write to.
    customer = None if random.random() < 1 / 3 else uuid5(_PEOPLE, name)
    contact = None if random.random() < 1 / 6 else _contact(name, customer)
    order = _order(sample, random, customer, contact)
    execute(order, ConfirmOrder(order_id=order.order_id))
    if sample.cancelled:
        execute(RequestCancellation(order_id=order.order_id, reason="ordered by mistake"))
    return order.order_id


def _order(sample: Sample, random: Random, customer: UUID | None, contact: UUID | None) -> PlaceOrder:
    items = [_BY_SKU[sku] for sku in sample.skus] or random.sample(_GOODS, random.randint(1, 4))
    return PlaceOrder(
        order_id=new_id(),
        number=next_number(),
        customer_id=customer,
        currency=CURRENCY,
        lines=tuple(_lines(items, random)),
        payment_method=sample.token,
        ship_to=ShipTo(country=sample.country or random.choice(_COUNTRIES), contact=contact),
    )


def _lines(items: list[Item], random: Random) -> Iterator[RequestedLine]:
    for item in items:
        yield RequestedLine(
            line_id=new_id(),
            kind=item.kind,
            sku=item.sku,
            name=item.name,
            quantity=random.randint(1, 3) if item.kind is LineKind.PRODUCT else 1,
            unit_price=item.unit_price,
        )


def _contact(name: str, person: UUID | None) -> UUID:
    contact = new_id()
    value = {"name": name, "email": f"{name.lower()}@example.org", "address": "1 Sample Street"}
    personal.keep(contact, value, person=person)
    return contact
