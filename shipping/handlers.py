"""How does shipping obey? Each command is a call to the carrier and the record of what it answered.

A carrier that does not answer is asked again, with the same key, until it does: only what it has said is told. Asked again
for what is done already, a shipment tells the same fact again: a saga needs its answer, and takes a doubled one for what it
is. Once cancelled, a shipment is only looked up and never again booked; a booking that was on its way meanwhile is told and
cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from events import Backoff, calls, records, send, store
from events.personal import personal_value, personal_values
from events.registry import Need
from shipping.bookings import Booking, NotBooked, Outcome, Refused
from shipping.commands import ArrangeShipping, CancelShipment
from shipping.domain import Shipment
from shipping.errors import NotServed
from shipping.events import ArrangementFailureCode
from shipping.gateways import carrier

_TIMEOUT = timedelta(seconds=20)
_ONCE_MORE = timedelta(seconds=1)
_PATIENT = Backoff(attempts=12, cap=timedelta(minutes=2))


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What the call has to know: whether to book at all, and for whom (None where nobody was named, or was erased)."""

    may_be_booked: bool
    recipient: Mapping[str, Any] | None


def _needs(command: ArrangeShipping) -> Iterable[Need]:
    yield Shipment, command.shipment_id
    if command.ship_to.contact is not None:
        yield personal_values, command.ship_to.contact


def _prepare(command: ArrangeShipping) -> Arrangement:
    contact = command.ship_to.contact
    return Arrangement(
        may_be_booked=store.load(Shipment, command.shipment_id).may_be_booked,
        recipient=personal_value(contact) if contact is not None else None,
    )


@calls(ArrangeShipping, outcome=Outcome, timeout=_TIMEOUT, needs=_needs, prepare=_prepare)
def book(command: ArrangeShipping, key: str, arrangement: Arrangement) -> Outcome:
    if not arrangement.may_be_booked:
        return carrier().find(command.shipment_id) or NotBooked()
    try:
        return carrier().book(
            key=key,
            order_id=command.order_id,
            shipment_id=command.shipment_id,
            country=command.ship_to.country,
            recipient=arrangement.recipient,
            lines=command.lines,
        )
    except NotServed as error:
        return Refused(code=ArrangementFailureCode.NO_CARRIER, reason=str(error))


@records(ArrangeShipping, on=Shipment, backoff=_PATIENT)
def booked(command: ArrangeShipping, outcome: Outcome) -> None:
    with store.change(Shipment, command.shipment_id) as shipment:
        shipment.arrange(order_id=command.order_id, outcome=outcome)
    if shipment.is_cancelled and shipment.is_under_way:
        send(CancelShipment(order_id=command.order_id, shipment_id=command.shipment_id))


@calls(CancelShipment, outcome=Booking | NotBooked, timeout=_TIMEOUT)
def cancel(command: CancelShipment, key: str, prepared: None) -> Booking | NotBooked:
    return carrier().cancel(key=key, shipment_id=command.shipment_id) or NotBooked()


@records(CancelShipment, on=Shipment, backoff=_PATIENT)
def cancelled(command: CancelShipment, outcome: Booking | NotBooked) -> None:
    with store.change(Shipment, command.shipment_id) as shipment:
        shipment.cancel(order_id=command.order_id, outcome=outcome)
    if shipment.is_under_way:
        # Booked between the carrier's answer and its record.
        send(command, delay=_ONCE_MORE)
