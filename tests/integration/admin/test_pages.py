"""Every page answers, says what is, and asks the database the same number of questions however much there is."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import Delivery, Message
from tests.support.office import begun, drained, killed, member, order_page, ordered, saga_page

NOBODY = "6d1f7d1e-8d5e-4b57-9a3a-000000000000"
LISTS = (
    "/admin/",
    "/admin/orders/orderrow/",
    "/admin/orders/catalogueitem/",
    "/admin/payments/payment/",
    "/admin/shipping/shipment/",
    "/admin/notifications/notification/",
    "/admin/inventory/stock/",
    "/admin/sagas/sagarow/",
    "/admin/events/message/",
    "/admin/events/delivery/",
    "/admin/events/deadletter/",
    "/admin/events/lane/",
    "/admin/events/handler/",
    "/admin/django_celery_results/taskresult/",
)


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return response.content.decode().replace("<wbr>", "")


def questions(client: Client, path: str) -> int:
    text(client, path)  # what Django keeps for the process is not counted
    with CaptureQueriesContext(connection) as asked:
        text(client, path)
    return len(asked)


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_shop_has_all_its_pages(operator, path):
    page = text(operator, path)

    assert "<h1" in page
    assert "Saga orchestration</title>" in page


def test_no_list_asks_more_questions_when_there_is_more_to_show(operator):
    ordered()
    drained()
    before = {path: questions(operator, path) for path in LISTS}

    for _ in range(5):
        ordered()
    drained()
    ordered(payment_method="tok_declined")
    killed("sagas.order")

    assert {path: questions(operator, path) for path in LISTS} == before
    assert max(before.values()) <= 16


def test_no_list_counts_a_large_table(operator):
    ordered()
    drained()

    with CaptureQueriesContext(connection) as asked:
        for path in LISTS:
            text(operator, path)

    large = ("events_message", "events_delivery", "sagas_saga", "orders_order")
    counts = [
        query["sql"]
        for query in asked
        if "COUNT(*)" in query["sql"].upper() and any(f'FROM "{table}"' in query["sql"] for table in large)
    ]
    assert [count for count in counts if "LIMIT" not in count and "GROUP BY" not in count] == []


def test_an_order_is_told_on_one_page(operator):
    order = ordered()
    drained()

    page = text(operator, order_page(order))

    for told in (
        "20.00 GBP",
        "MUG",
        "captured",
        "arranged",
        "order_confirmed",
        "inventory reserved",
        "completed",
    ):
        assert told in page, told
    assert questions(operator, order_page(order)) <= 22


def test_a_customers_contact_is_an_id_and_never_a_value(operator):
    order = ordered()
    drained()

    page = text(operator, order_page(order))

    assert "@example" not in page


def test_an_order_that_was_cancelled_says_why(operator):
    order = ordered(payment_method="tok_declined")
    drained()

    assert "payment failed: declined" in text(operator, order_page(order))


def test_a_saga_shows_its_path_its_steps_and_its_log(operator):
    order = ordered()
    drained()

    page = text(operator, saga_page(order))

    assert "<svg" in page
    assert "Steps: inventory done, payment done, shipping done, capture done" in page
    assert "inventory.reserve_inventory" in page
    assert "ended, completed" in page


def test_a_saga_says_that_its_command_was_not_claimed_yet(operator):
    order = begun()

    page = text(operator, saga_page(order))

    assert "not yet claimed for" in page


def test_a_saga_says_that_its_command_is_a_dead_letter_and_why(operator):
    order = begun()
    killed("payments.process_payment")

    page = text(operator, saga_page(order))
    home = text(operator, "/admin/")
    listed = text(operator, "/admin/sagas/sagarow/?health=human")

    assert "needs a human" in page
    assert "NoAnswer: no answer about" in page
    assert "ann@example.org" not in page
    assert '<a class="op-tile op-tile-bad" href="/admin/sagas/sagarow/?health=human">' in home
    assert str(order) in listed


def test_a_saga_says_when_a_failed_command_is_tried_again_and_because_of_what(operator):
    order = begun()
    Delivery.objects.filter(id__in=killed("payments.process_payment")).update(
        state=Delivery.State.PENDING, attempts=2, due_at="2100-01-01T00:00:00Z"
    )

    page = text(operator, saga_page(order))

    assert "retrying" in page
    assert "attempt 3 of" in page
    assert "because of NoAnswer" in page


def test_a_message_that_this_code_does_not_know_is_shown_as_it_is_stored(operator):
    unknown = stored("orders.order_teleported", 1, {"to": "the <moon>"})
    newer = stored("orders.order_confirmed", 99, ["odd"])

    for message in (unknown, newer):
        assert "unknown to this code" in text(operator, f"/admin/events/message/{message.id}/change/")
    assert "the &lt;moon&gt;" in text(operator, f"/admin/events/message/{unknown.id}/change/")
    assert "unknown to this code" in text(operator, "/admin/events/message/")


def test_an_old_message_is_shown_as_stored_and_as_it_is_read_today(operator):
    told = {"order_id": str(uuid4()), "customer_id": str(uuid4()), "order_total": 99.99, "currency": "USD"}
    old = stored("orders.order_confirmed", 1, told)

    page = text(operator, f"/admin/events/message/{old.id}/change/")

    assert "order_total" in page
    assert "9999" in page


def test_a_message_leads_to_its_cause_and_its_effects(operator):
    order = ordered()
    drained()
    confirmed = Message.objects.get(name="orders.order_confirmed", key=str(order))
    assert confirmed.causation_id is not None
    cause = Message.objects.get(id=confirmed.causation_id)

    page = text(operator, f"/admin/events/message/{confirmed.id}/change/")

    assert f"/admin/events/message/{cause.id}/change/" in page
    assert "sagas.saga_decided" in page


@pytest.mark.parametrize(
    "path",
    [
        "/admin/orders/orderrow/no-id/change/",
        f"/admin/orders/orderrow/{NOBODY}/change/",
        f"/admin/events/message/{NOBODY}/change/",
        "/admin/events/message/99999999999999999999999/change/",
        "/admin/events/message/x%00y/change/",
        "/admin/sagas/sagarow/nothing/change/",
        "/admin/sagas/sagarow/x%00y/change/",
        "/admin/events/delivery/abc/change/",
        "/admin/inventory/stock/NONE/change/",
        "/admin/django_celery_results/taskresult/none/change/",
    ],
)
def test_what_does_not_exist_is_not_found(operator, path):
    text(operator, path, status=404)


@pytest.mark.parametrize("term", ["", "x" * 300, "%", "9" * 40, "é", NOBODY, "T-", "a'b\"c"])
def test_every_list_takes_any_search(operator, term):
    for path in LISTS[1:]:
        response = operator.get(path, {"q": term})
        assert response.status_code == 200, path


def test_an_order_is_found_by_number_id_and_customer(operator):
    order = ordered()
    ordered()

    for term in (f"T-{order}"[:15], str(order), str(order).upper()):
        assert f"T-{order}" in text(operator, f"/admin/orders/orderrow/?q={term}")
    assert f"T-{order}" not in text(operator, f"/admin/orders/orderrow/?q={uuid4()}")


def test_a_saga_that_this_code_does_not_define_keeps_its_page(operator):
    order = ordered()
    drained()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sagas_saga SET saga = 'retired' WHERE key = %s", [str(order)])

    page = text(operator, saga_page(order))

    assert "This code defines no saga named retired" in page


def test_the_catalogue_keeps_skus_in_upper_case(shop):
    admin = member("admin")
    item = {
        "sku": "lamp",
        "name": "Lamp",
        "kind": "product",
        "unit_price": "3.50",
        "currency": "gbp",
        "active": "on",
    }

    response = admin.post("/admin/orders/catalogueitem/add/", item)

    assert response.status_code == 302, response.content
    assert "LAMP" in text(admin, "/admin/orders/catalogueitem/")


def test_stock_shows_its_ledger_with_running_balances(operator):
    ordered()
    drained()

    page = text(operator, "/admin/inventory/stock/MUG/change/")

    assert "receipt" in page
    assert "+100" in page
    assert "reserve" in page


def test_users_and_roles_stand_in_the_theme(shop):
    root = member(is_superuser=True)
    user = User.objects.get(username__startswith="root")

    assert text(root, f"/admin/auth/user/{user.pk}/change/")
    assert "operator" in text(root, "/admin/auth/group/")


def stored(name, version, payload):
    return Message.objects.create(
        id=uuid4(),
        kind=Message.Kind.EVENT,
        name=name,
        version=version,
        key="k",
        stream=f"x-{uuid4()}",
        stream_version=1,
        payload=payload,
        correlation_id=uuid4(),
        occurred_at="2026-01-01T00:00:00Z",
    )
