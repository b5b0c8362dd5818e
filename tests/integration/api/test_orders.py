from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.execution import execute
from events.models import Message, PersonalValue
from orders.commands import ApproveOrder, CancelOrder
from tests.integration.api.conftest import Client, an_order, client_of, errors, placed, problem


def actions(order: Any) -> list[str]:
    return [action["name"] for action in order["links"]["actions"]]


def test_an_order_is_priced_by_us_and_placed_as_a_draft(ann: Client):
    wanted = an_order({"sku": "mug", "quantity": 2}, {"sku": "SAUCER", "quantity": 10})

    response = ann.ask("/orders", wanted)

    order = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/orders/{order['id']}" == order["links"]["self"]
    assert response["ETag"] == '"1"'
    assert order["total"] == {"amount": "23.33", "currency": "GBP"}
    assert [(line["sku"], line["unit_price"]) for line in order["lines"]] == [
        ("MUG", "10.00"),
        ("SAUCER", "0.3333"),
    ]
    assert (order["status"], order["payment_status"], order["saga_status"]) == ("draft", "none", "none")
    assert order["correlation_id"] == order["id"]
    assert actions(order) == ["confirm", "cancel"]


def test_no_message_holds_what_is_personal(ann: Client):
    order = placed(ann)

    told = " ".join(str(payload) for payload in Message.objects.values_list("payload", flat=True))
    assert "Ann" not in told
    assert "example.org" not in told
    contact = ann.get(order["links"]["contact"]).json()
    assert contact == {"name": "Ann Lee", "email": "ann@example.org", "address": "1 High St, Leeds"}


def test_an_erased_contact_is_gone_and_the_order_stays(ann: Client):
    order = placed(ann)

    PersonalValue.objects.all().delete()

    assert ann.get(order["links"]["contact"]).status_code == 404
    assert ann.get(order["links"]["self"]).json() == order


def test_confirming_twice_confirms_once(ann: Client):
    order = placed(ann)

    first = ann.ask(f"/orders/{order['id']}/confirm")
    second = ann.ask(f"/orders/{order['id']}/confirm")

    assert first.status_code == second.status_code == 200
    assert first.json()["status"] == "confirmed"
    assert first.json()["payment_status"] == "pending"
    assert actions(first.json()) == ["cancel"]
    assert first["ETag"] == second["ETag"] == '"2"'


def test_a_draft_is_cancelled_at_once_and_a_confirmed_order_later(ann: Client):
    draft, confirmed = placed(ann), placed(ann)
    ann.ask(f"/orders/{confirmed['id']}/confirm")

    at_once = ann.ask(f"/orders/{draft['id']}/cancel", {"reason": "too dear"})
    later = ann.ask(f"/orders/{confirmed['id']}/cancel", {"reason": "too dear"})

    assert (at_once.status_code, at_once.json()["status"]) == (200, "cancelled")
    assert at_once.json()["cancel_reason"] == "too dear"
    assert (later.status_code, later.json()["status"]) == (202, "confirmed")
    assert later.json()["cancellation_requested"]
    assert later["Location"] == later.json()["links"]["self"]
    assert actions(later.json()) == []


def test_a_move_that_the_state_does_not_allow_names_those_it_does(ann: Client):
    cancelled, approved = placed(ann), placed(ann)
    ann.ask(f"/orders/{cancelled['id']}/cancel", {"reason": "too dear"})
    ann.ask(f"/orders/{approved['id']}/confirm")
    execute(ApproveOrder(order_id=UUID(approved["id"])))

    confirm = ann.ask(f"/orders/{cancelled['id']}/confirm")
    cancel = ann.ask(f"/orders/{approved['id']}/cancel", {"reason": "too late"})

    assert (confirm.status_code, problem(confirm)["code"]) == (409, "invalid_transition")
    assert (cancel.status_code, problem(cancel)["code"]) == (409, "invalid_transition")
    assert problem(cancel)["allowed"] == []
    assert problem(cancel)["correlation_id"] == approved["id"]


@pytest.mark.parametrize("tag", ['"9"', "2", 'W/"1"'])
def test_a_decision_on_an_outdated_version_is_refused(ann: Client, tag: str):
    order = placed(ann)

    stale = ann.ask(f"/orders/{order['id']}/confirm", **{"if-match": tag})

    assert (stale.status_code, problem(stale)["code"]) == (412, "stale")
    assert stale["ETag"] == '"1"'
    assert ann.ask(f"/orders/{order['id']}/confirm", **{"if-match": '"1"'}).status_code == 200


def test_the_order_of_another_customer_does_not_exist(ann: Client, bob: Client):
    order = placed(ann)
    path = f"/orders/{order['id']}"

    answers = [
        bob.read(path),
        bob.read(f"{path}/contact"),
        bob.read(f"{path}/timeline"),
        bob.ask(f"{path}/confirm"),
        bob.ask(f"{path}/cancel", {"reason": "envy"}),
    ]

    assert [(each.status_code, problem(each)["code"]) for each in answers] == [(404, "not_found")] * 5
    missing = problem(bob.read(f"/orders/{uuid4()}"))
    assert missing.keys() == problem(answers[0]).keys()
    assert bob.read("/orders").json()["data"] == []
    assert ann.read(path).json()["status"] == "draft"


def test_nobody_sees_anything_without_saying_who_they_are(anonymous: Client, ann: Client):
    path = f"/orders/{placed(ann)['id']}"

    answers = [
        *(
            anonymous.read(address)
            for address in ["/orders", path, "/catalogue", "/inventory", f"{path}/contact"]
        ),
        anonymous.ask("/orders", an_order()),
        anonymous.ask(f"{path}/confirm"),
    ]

    assert {(each.status_code, problem(each)["code"]) for each in answers} == {(401, "not_authenticated")}
    assert all(each["WWW-Authenticate"].startswith("Bearer") for each in answers)


def test_staff_do_what_their_permissions_say(ann: Client, clerk: Client, manager: Client):
    order = placed(ann)
    path = f"/orders/{order['id']}"

    assert [each["id"] for each in clerk.read("/orders").json()["data"]] == [order["id"]]
    assert clerk.read(path).status_code == 200
    refused = clerk.ask(f"{path}/confirm")
    assert (refused.status_code, problem(refused)["code"]) == (403, "permission_denied")
    assert clerk.ask(f"{path}/cancel", {"reason": "no"}).status_code == 403
    assert clerk.read(f"{path}/contact").status_code == 403
    assert manager.ask(f"{path}/confirm").status_code == 200
    assert manager.ask(f"{path}/cancel", {"reason": "no"}).status_code == 202


def test_staff_without_permissions_are_customers(ann: Client, bob: Client, django_user_model: Any):
    order = placed(ann)
    visitor = client_of(django_user_model.objects.create_user("visitor", is_staff=True))

    assert visitor.read("/orders").json()["data"] == []
    assert visitor.read(f"/orders/{order['id']}").status_code == 404


def test_the_timeline_tells_facts_to_customers_and_to_staff_what_they_may_read(
    ann: Client, clerk: Client, manager: Client
):
    order = placed(ann)
    ann.ask(f"/orders/{order['id']}/confirm")

    customers = ann.read(f"/orders/{order['id']}/timeline").json()["data"]
    clerks = clerk.read(f"/orders/{order['id']}/timeline").json()["data"]
    staffs = manager.read(f"/orders/{order['id']}/timeline").json()["data"]

    assert [each["name"] for each in customers[:2]] == ["orders.order_placed", "orders.order_confirmed"]
    assert {each["kind"] for each in customers} == {"event"}
    assert "payload" not in customers[0]
    assert clerks == customers
    assert staffs[0]["name"] == "orders.place_order"
    assert staffs[0]["actor"].startswith("user:")
    assert staffs[1]["causation_id"] == staffs[0]["id"]
    assert {each["correlation_id"] for each in staffs} == {order["id"]}


def test_what_is_not_for_sale_is_named(ann: Client):
    lines = [{"sku": "MUG", "quantity": 1}, {"sku": "cup", "quantity": 1}]

    response = ann.ask("/orders", an_order(*lines))

    assert response.status_code == 422
    assert errors(response) == {("/lines/1/sku", "not_for_sale")}


def test_an_order_that_costs_something_says_how_it_is_paid(ann: Client):
    wanted = an_order()
    del wanted["payment_method"]

    response = ann.ask("/orders", wanted)

    assert response.status_code == 400
    assert errors(response) == {("/payment_method", "payment_method_missing")}


def test_orders_are_filtered_and_sorted_by_what_is_listed(ann: Client):
    first, second = placed(ann), placed(ann)
    ann.ask(f"/orders/{first['id']}/cancel", {"reason": "too dear"})

    def ids(**parameters: str) -> list[str]:
        return [order["id"] for order in ann.read("/orders", **parameters).json()["data"]]

    assert ids() == [second["id"], first["id"]]
    assert ids(sort="placed_at") == [first["id"], second["id"]]
    assert ids(status="cancelled") == [first["id"]]
    assert ids(number=second["number"]) == [second["id"]]
    assert ids(placed_after=first["placed_at"]) == [second["id"]]
    assert ids(placed_before=second["placed_at"]) == [first["id"]]


def test_a_list_page_costs_the_same_number_of_queries_however_long_it_is(manager: Client):
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert manager.read(path, limit=200).status_code == 200
        return len(caught)

    placed(manager)
    short = [queries(path) for path in ("/orders", "/catalogue", "/inventory")]
    for _ in range(5):
        placed(manager)

    assert [queries(path) for path in ("/orders", "/catalogue", "/inventory")] == short
    assert max(short) <= 8


def test_what_others_have_done_since_shows_in_the_sentence(ann: Client):
    order = placed(ann)
    ann.ask(f"/orders/{order['id']}/confirm")

    execute(CancelOrder(order_id=UUID(order["id"]), reason="payment declined"))

    shown = ann.read(f"/orders/{order['id']}").json()
    assert shown["message"] == "Your order is cancelled."
    assert shown["cancel_reason"] == "payment declined"
