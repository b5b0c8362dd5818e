from typing import Any

import pytest
from django.contrib.auth.models import User

from events.models import Message
from tests.integration.api.conftest import Client, an_order, placed, problem

ANN = {"username": "ann", "password": "correct horse"}


@pytest.fixture
def browser(ann: Client) -> Client:
    """A client that is held to the CSRF rules, with nobody logged in."""
    return Client(enforce_csrf_checks=True)


def log_in(browser: Client) -> Any:
    token = browser.read("/session").json()["csrf_token"]
    return browser.ask("/session", ANN, key=None, **{"x-csrftoken": token})


def bearer(access: str) -> Client:
    client = Client()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def test_a_browser_logs_in_places_an_order_and_logs_out(browser: Client):
    assert browser.read("/session").json()["username"] is None

    token = log_in(browser).json()["csrf_token"]

    assert browser.read("/session").json()["username"] == "ann"
    assert browser.ask("/orders", an_order(), **{"x-csrftoken": token}).status_code == 201
    assert browser.delete("/api/v1/session", headers={"x-csrftoken": token}).status_code == 204
    assert browser.read("/orders").status_code == 401


def test_another_site_can_neither_log_in_nor_place_nor_log_out(browser: Client):
    refused = [browser.ask("/session", ANN, key=None)]
    log_in(browser)
    refused += [browser.ask("/orders", an_order()), browser.delete("/api/v1/session")]

    assert [(each.status_code, problem(each)["code"]) for each in refused] == [(403, "csrf_failed")] * 3
    assert browser.read("/session").json()["username"] == "ann"


def test_logging_in_begins_a_new_session(browser: Client):
    """Whoever knew the old one knows nothing."""
    log_in(browser)
    before = browser.cookies["sessionid"].value
    browser.delete("/api/v1/session", headers={"x-csrftoken": browser.read("/session").json()["csrf_token"]})
    log_in(browser)

    assert browser.cookies["sessionid"].value != before


def test_a_token_stands_for_its_user_until_the_password_changes(ann: Client, anonymous: Client):
    order = placed(ann)
    told = anonymous.ask("/tokens", ANN, key=None).json()
    client = bearer(told["access"])

    assert client.read(f"/orders/{order['id']}").status_code == 200
    assert client.ask(f"/orders/{order['id']}/confirm").status_code == 200
    user = User.objects.get()
    user.set_password("another horse")
    user.save()
    assert client.read("/orders").status_code == 401
    fresh = anonymous.ask("/tokens/refresh", {"refresh": told["refresh"]}, key=None).json()
    assert bearer(fresh["access"]).read("/orders").status_code == 401


def test_a_refresh_token_gets_a_new_access_token(ann: Client, anonymous: Client):
    told = anonymous.ask("/tokens", ANN, key=None).json()

    fresh = anonymous.ask("/tokens/refresh", {"refresh": told["refresh"]}, key=None)

    assert fresh.status_code == 200
    assert bearer(fresh.json()["access"]).read("/orders").status_code == 200


def test_wrong_credentials_say_nothing_about_the_user(ann: Client, anonymous: Client):
    User.objects.create_user("gone", password="correct horse", is_active=False)
    tried = [
        ANN | {"password": "wrong"},
        {"username": "nobody", "password": "wrong"},
        {"username": "gone", "password": "correct horse"},
    ]

    answers = [anonymous.ask("/tokens", each, key=None) for each in tried]

    told = [(each.status_code, problem(each)["code"], problem(each)["detail"]) for each in answers]
    assert set(told) == {(401, "authentication_failed", "User name or password is wrong.")}


@pytest.mark.parametrize("header", ["Bearer x", "Bearer", "Bearer a b", "Guest x", "Guest", "Guest e30:1:x"])
def test_a_forged_token_is_refused(anonymous: Client, header: str):
    response = anonymous.get("/api/v1/orders", headers={"Authorization": header})

    assert (response.status_code, problem(response)["code"]) == (401, "authentication_failed")
    assert response["WWW-Authenticate"]


def test_the_log_names_who_asked(ann: Client, anonymous: Client):
    placed(ann)
    placed(bearer(anonymous.ask("/tokens", ANN, key=None).json()["access"]))

    actors = set(Message.objects.filter(name="orders.place_order").values_list("actor", flat=True))
    assert actors == {f"user:{User.objects.get().pk}"}


def test_a_guest_places_and_sees_one_order(ann: Client, anonymous: Client):
    other = placed(ann)
    told = anonymous.ask("/guests", key=None).json()
    guest = Client()
    guest.credentials(HTTP_AUTHORIZATION=f"Guest {told['token']}")

    order = placed(guest)

    assert order["id"] == told["order_id"]
    assert order["customer_id"] is None
    assert [each["id"] for each in guest.read("/orders").json()["data"]] == [order["id"]]
    assert guest.ask(f"/orders/{order['id']}/confirm").status_code == 200
    assert guest.read(f"/orders/{other['id']}").status_code == 404
    assert ann.read(f"/orders/{order['id']}").status_code == 404
    assert problem(guest.ask("/orders", an_order()))["code"] == "order_differs"
    placing = Message.objects.get(name="orders.place_order", key=order["id"])
    assert placing.actor == f"guest:{order['id']}"
