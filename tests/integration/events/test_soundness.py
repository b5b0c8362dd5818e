"""Each invariant of the log and its deliveries finds what offends it; so does the replay of every row."""

import pytest

from config.invariants import REPLAY
from events.execution import execute
from events.models import Message
from events.soundness import INVARIANTS
from orders.commands import ConfirmOrder
from orders.models import OrderRow
from tests.support.shop import an_order
from tests.support.verdicts import verdict_after

pytestmark = pytest.mark.django_db

HARMS = {
    "A stream's versions run from 1 on, without a gap.": (
        "UPDATE events_message SET stream_version = 3 WHERE name = 'orders.order_confirmed'",
        lambda confirmed: confirmed.stream,
    ),
    "Every event and decision has a version in a stream, and no command has one.": (
        "UPDATE events_message SET stream_version = NULL WHERE name = 'orders.order_confirmed'",
        lambda confirmed: str(confirmed.id),
    ),
    "Whatever caused a message is in the log, before it and in the same workflow.": (
        "UPDATE events_message SET causation_id = gen_random_uuid() WHERE name = 'orders.order_confirmed'",
        lambda confirmed: str(confirmed.id),
    ),
    "Every message has one delivery for each handler that listened when it came.": (
        "DELETE FROM events_delivery WHERE handler = 'sagas.order'",
        lambda confirmed: str(confirmed.id),
    ),
    "Every delivery is of a message in the log, and done exactly if it says when.": (
        "UPDATE events_delivery SET state = 1 WHERE handler = 'sagas.order'",
        lambda confirmed: str(confirmed.deliveries.get(handler="sagas.order").id),
    ),
}


@pytest.fixture
def confirmed(transactional_db):
    order = an_order()
    execute(order, ConfirmOrder(order_id=order.order_id))
    return Message.objects.get(name="orders.order_confirmed")


def offending(harm, name):
    (finding,) = (one for one in verdict_after(harm).broken if one.name == name)
    return finding.offending


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.name)
def test_an_invariant_names_what_offends_it(confirmed, invariant):
    harm, named = HARMS[invariant.name]

    assert offending(harm, invariant.name) == (named(confirmed),)


def test_a_cause_that_came_later_is_no_cause(confirmed):
    harm = "UPDATE events_message SET position = 1000000 WHERE name = 'orders.confirm_order'"

    assert offending(
        harm, "Whatever caused a message is in the log, before it and in the same workflow."
    ) == (str(confirmed.id),)


def test_a_message_from_before_its_handler_listened_needs_no_delivery(confirmed):
    harm = "DELETE FROM events_delivery; UPDATE events_handler SET since = 1000000"

    assert not verdict_after(harm).broken


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE orders_order SET total_minor = total_minor + 1",
        "UPDATE orders_order SET status = 'draft'",
        "DELETE FROM orders_order",
    ],
)
def test_a_row_that_says_something_else_than_its_events_is_named(confirmed, harm):
    assert offending(harm, REPLAY) == (confirmed.stream,)


def test_a_row_that_no_event_explains_is_named(confirmed):
    harm = "UPDATE orders_order SET id = gen_random_uuid()"

    named = offending(harm, REPLAY)

    assert named[0] == confirmed.stream
    assert len(named) == 2


def test_a_stream_that_cannot_be_read_is_named(confirmed):
    harm = "UPDATE events_message SET version = 99 WHERE name = 'orders.order_confirmed'"

    assert confirmed.stream in offending(harm, REPLAY)
    assert OrderRow.objects.count() == 1
