"""Each invariant of orders finds what offends it."""

import pytest

from events.execution import execute
from orders.commands import ConfirmOrder
from orders.invariants import INVARIANTS
from tests.support.shop import an_order
from tests.support.truth import offences_after

HARMS = {
    "An order's total is the sum of its lines.": """
        UPDATE events_message SET payload = jsonb_set(payload, '{total,amount_minor}', '1')
         WHERE name = 'orders.order_placed'""",
    "An order has one currency.": """
        UPDATE events_message SET payload = jsonb_set(payload, '{lines,0,amount,currency}', '"EUR"')
         WHERE name = 'orders.order_placed'""",
    "An order is confirmed as it was placed.": """
        UPDATE events_message SET payload = jsonb_set(payload, '{number}', '"other"')
         WHERE name = 'orders.order_confirmed'""",
    "Each step of an order's life is taken once, and no order is both approved and cancelled.": """
        INSERT INTO events_message (id, kind, name, version, key, payload, correlation_id, occurred_at)
        SELECT gen_random_uuid(), 1, 'orders.' || step, 1, key, '{}', correlation_id, now()
          FROM events_message, unnest(ARRAY['order_approved', 'order_cancelled']) step
         WHERE name = 'orders.order_placed'""",
    "Every placed order has its number to itself.": "DELETE FROM orders_ordernumber",
}


@pytest.fixture
def order():
    place = an_order()
    execute(place, ConfirmOrder(order_id=place.order_id))
    return str(place.order_id)


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.name)
def test_an_invariant_names_the_order_that_offends_it(order, invariant):
    assert offences_after(HARMS[invariant.name])[invariant.name] == [order]
