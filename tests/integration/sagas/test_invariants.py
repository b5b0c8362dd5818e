"""Each invariant across the contexts finds what offends it."""

import pytest

from config.invariants import verify
from events.execution import execute
from events.ids import new_id
from inventory.commands import ReceiveStock
from orders.commands import ConfirmOrder, RequestCancellation, ShipTo
from sagas.invariants import INVARIANTS
from tests.support.carrying import carried
from tests.support.shop import an_order, line, units
from tests.support.verdicts import verdict_after

APPROVED, CANCELLED = "approved", "cancelled"

# By sentence: the statements that break it, and whose id is named. {approved} and {cancelled} are the orders' ids.
HARMS = {
    "There is one saga for each name and key.": (
        "UPDATE events_message SET stream = 'sagas.order-other' WHERE stream = 'sagas.order-{approved}' AND stream_version = 1",
        "order {approved}",
    ),
    "A saga that has not ended has a clock that will ring.": (
        "UPDATE sagas_saga SET ended_at = NULL WHERE key = '{approved}'",
        "sagas.order-{approved}",
    ),
    "Every message that starts a saga has started one.": (
        "DELETE FROM sagas_saga WHERE key = '{approved}'",
        "{approved}",
    ),
    "Every saga has ended, or waits for what is due later or for a human.": (
        "UPDATE sagas_saga SET ended_at = NULL WHERE key = '{approved}'",
        "sagas.order-{approved}",
    ),
    "A compensated saga has every step undone, and a completed one none.": (
        """UPDATE sagas_saga SET steps = jsonb_set(steps, '{{payment}}', '"done"') WHERE key = '{cancelled}'""",
        "sagas.order-{cancelled}",
    ),
    "An order ends as its saga does: approved if that is completed, cancelled if it is compensated.": (
        "UPDATE sagas_saga SET status = 'completed' WHERE key = '{cancelled}'",
        "{cancelled}",
    ),
    "An order is charged no more than its total, in its currency.": (
        "UPDATE payments_payment SET captured_minor = captured_minor + 1 WHERE order_id = '{approved}'",
        "{approved}",
    ),
    "An approved order is paid in full.": (
        "UPDATE payments_payment SET captured_minor = captured_minor - 1 WHERE order_id = '{approved}'",
        "{approved}",
    ),
    "An approved order's goods are committed: all of them, and nothing else.": (
        """UPDATE events_message SET payload = jsonb_set(payload, '{{lines,0,quantity}}', '1')
            WHERE name = 'inventory.inventory_committed' AND payload ->> 'order_id' = '{approved}'""",
        "{approved}",
    ),
    "An approved order with goods has one shipment, another one none.": (
        "UPDATE shipping_shipment SET status = 'cancelled' WHERE order_id = '{approved}'",
        "{approved}",
    ),
    "A cancelled order holds no money, neither authorised nor kept.": (
        "UPDATE payments_payment SET voided_minor = 0 WHERE order_id = '{cancelled}'",
        "{cancelled}",
    ),
    "A cancelled order has no goods set aside.": (
        "UPDATE events_message SET name = 'inventory.nothing' WHERE name = 'inventory.inventory_released'",
        "{cancelled}",
    ),
    "A cancelled order has no shipment.": (
        "UPDATE shipping_shipment SET order_id = '{cancelled}', status = 'arranged'",
        "{cancelled}",
    ),
    "Who is told of an approval or a cancellation has a notification of it.": (
        "DELETE FROM notifications_notification WHERE order_id = '{cancelled}'",
        "{cancelled}",
    ),
}


@pytest.fixture
def orders(transactional_db):
    """Two orders at their ends; the cancelled one had its stock, its money and, as the other, a clock."""
    execute(ReceiveStock(receipt_id=new_id(), lines=units(MUG=10)))
    approved = an_order(line(quantity=3), line(quantity=2))
    cancelled = an_order(line(quantity=4), ship_to=ShipTo(country="Antarctica"))
    for order in (approved, cancelled):
        execute(order, ConfirmOrder(order_id=order.order_id))
    carried()
    return {APPROVED: str(approved.order_id), CANCELLED: str(cancelled.order_id)}


def test_all_invariants_hold_when_orders_have_ended(orders):
    verdict = verify()

    assert verdict.rest.at_rest
    assert verdict.broken == ()


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.name)
def test_an_invariant_names_what_offends_it(orders, invariant):
    harm, named = HARMS[invariant.name]

    (finding,) = (one for one in verdict_after(harm.format(**orders)).broken if one.name == invariant.name)

    assert named.format(**orders) in finding.offending


def test_orders_that_were_never_confirmed_have_no_saga_to_end(transactional_db):
    order = an_order()
    execute(order, RequestCancellation(order_id=order.order_id, reason="no"))
    carried()

    assert verify().broken == ()


def test_what_may_not_hold_yet_does_not_count_while_something_is_under_way(transactional_db):
    order = an_order()
    execute(order, ConfirmOrder(order_id=order.order_id))

    verdict = verify()

    assert not verdict.rest.at_rest
    assert [one.name for one in verdict.findings if not one.holds] == [
        "Every message that starts a saga has started one."
    ]
    assert verdict.broken == ()
