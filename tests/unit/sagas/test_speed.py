"""A saga's own thinking is small beside the storing of it."""

from __future__ import annotations

from time import perf_counter

from sagas.engine import decide
from sagas.history import History

from .scenario import Scenario
from .toys import (
    InventoryCommitted,
    InventoryReserved,
    OrderApproved,
    PaymentCaptured,
    PaymentProcessed,
    ShippingArranged,
)


def test_a_whole_order_is_decided_in_well_under_a_millisecond_a_wake():
    saga = Scenario()
    reservation, payment, shipment = (saga.id_of(step) for step in ("inventory", "payment", "shipping"))
    saga.given(
        InventoryReserved(reservation_id=reservation),
        PaymentProcessed(payment_id=payment),
        ShippingArranged(shipment_id=shipment),
        PaymentCaptured(payment_id=payment),
        InventoryCommitted(reservation_id=reservation),
        OrderApproved(),
    )
    entries = saga.history.entries

    begun = perf_counter()
    for _ in range(100):
        for seen in range(1, len(entries) + 1):
            decide(saga.plan, History(entries[:seen]))
    a_wake = (perf_counter() - begun) / 100 / len(entries)

    assert a_wake < 0.0005
