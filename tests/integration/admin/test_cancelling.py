"""An operator asks for a cancellation: with a reason, by a command, and followed on the order's page."""

import pytest

from events.models import Message
from orders.models import OrderRow
from sagas.models import SagaRow
from tests.support.office import begun, drained, member, order_page, ordered


def asking(order):
    return f"/admin/orders/orderrow/{order}/request-cancellation/"


def form(order, **fields):
    return {"reason": "bought twice", "version": OrderRow.objects.get(pk=order).version} | fields


def test_a_request_is_a_command_in_the_log_under_the_operators_name(operator):
    order = begun()

    answer = operator.post(asking(order), form(order), follow=True)

    request = Message.objects.get(name="orders.request_cancellation")
    assert request.payload["reason"] == "bought twice"
    assert request.actor == f"user:{operator.session['_auth_user_id']}"
    assert "Cancellation requested" in answer.content.decode()
    drained()
    assert SagaRow.objects.get(key=str(order)).status == "compensated"
    assert OrderRow.objects.get(pk=order).status == "cancelled"


def test_a_draft_is_cancelled_at_once(operator):
    order = ordered(confirmed=False)

    operator.post(asking(order), form(order))

    assert OrderRow.objects.get(pk=order).status == "cancelled"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001, "a\x00b"])
def test_a_reason_is_required_and_must_be_storable(operator, reason):
    order = begun()

    answer = operator.post(asking(order), form(order, reason=reason))

    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Message.objects.filter(name="orders.request_cancellation").exists()


def test_an_order_that_has_changed_since_is_looked_at_again(operator):
    order = begun()

    answer = operator.post(asking(order), form(order, version=1), follow=True)

    assert "has changed since you looked" in answer.content.decode()
    assert not Message.objects.filter(name="orders.request_cancellation").exists()


def test_an_approved_order_refuses_and_says_why(operator):
    order = ordered()
    drained()

    answer = operator.post(asking(order), form(order), follow=True)

    assert "can no longer be cancelled" in answer.content.decode()
    assert 'href="/admin/orders/orderrow' in answer.content.decode()
    assert "Request cancellation…" not in answer.content.decode()


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_who_may_only_look_is_refused_by_post_too(role):
    order = begun()
    client = member(role)

    assert "Request cancellation…" not in client.get(order_page(order)).content.decode()
    assert client.get(asking(order)).status_code == 403
    assert client.post(asking(order), form(order)).status_code == 403
    assert not Message.objects.filter(name="orders.request_cancellation").exists()


def test_support_may_ask_too(shop):
    order = begun()

    assert member("support").post(asking(order), form(order)).status_code == 302
    assert Message.objects.filter(name="orders.request_cancellation").exists()
