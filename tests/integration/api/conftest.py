"""A shop with two mugs and three people, and clients that speak for them."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.response import Response
from rest_framework.test import APIClient

from events.execution import execute
from inventory.commands import ReceiveStock
from orders.models import CatalogueItem
from tests.support.shop import units

Body = dict[str, Any]


class Client(APIClient):
    """Sends a new Idempotency-Key with each POST, unless told another one or none."""

    def ask(self, path: str, body: Any = None, *, key: str | None = "", **headers: str) -> Any:
        if key is not None:
            headers["idempotency-key"] = key or str(uuid4())
        content = None if body is None else json.dumps(body)
        return self.post(f"/api/v1{path}", content, content_type="application/json", headers=headers)

    def read(self, path: str, **parameters: Any) -> Any:
        return self.get(f"/api/v1{path}", parameters)


def an_order(*lines: Body, **fields: Any) -> Body:
    recipient = {
        "country": "GB",
        "name": "Ann Lee",
        "email": "ann@example.org",
        "address": "1 High St, Leeds",
    }
    told = {
        "lines": list(lines) or [{"sku": "MUG", "quantity": 2}],
        "payment_method": "tok_ok",
        "ship_to": recipient,
    }
    return told | fields


def placed(client: Client, *lines: Body) -> Any:
    response = client.ask("/orders", an_order(*lines))
    assert response.status_code == 201, response.content
    return response.json()


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def problem(response: Response) -> Any:
    """The problem document, after a look at what all of them have in common."""
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()  # type: ignore[attr-defined]  # of the test client
    assert told["status"] == response.status_code
    assert told["type"].endswith(f"#{told['code']}")
    assert {"title", "detail", "instance", "errors", "correlation_id", "retryable"} <= told.keys()
    return told


def errors(response: Response) -> set[tuple[Any, str]]:
    """Where it hurts, and what."""
    return {
        (each.get("parameter") or each.get("header") or each["pointer"], each["code"])
        for each in problem(response)["errors"]
    }


@pytest.fixture(autouse=True)
def shop(transactional_db: None) -> None:
    CatalogueItem.objects.create(sku="MUG", name="A mug", unit_price="10.00", currency="GBP")
    CatalogueItem.objects.create(sku="SAUCER", name="A saucer", unit_price="0.3333", currency="GBP")
    execute(ReceiveStock(receipt_id=uuid4(), lines=units(MUG=5)))


@pytest.fixture
def ann(shop: None) -> Client:
    return client_of(User.objects.create_user("ann", password="correct horse"))


@pytest.fixture
def bob(shop: None) -> Client:
    return client_of(User.objects.create_user("bob", password="correct horse"))


@pytest.fixture
def anonymous() -> Client:
    return Client()


@pytest.fixture
def clerk(shop: None) -> Client:
    """Staff who may see all orders, and move none."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_orderrow"))
    return client_of(user)


@pytest.fixture
def manager(shop: None) -> Client:
    """Staff who may see and move all orders, and see the stock."""
    user = User.objects.create_user("manager", is_staff=True)
    codenames = ["view_orderrow", "change_orderrow", "request_cancellation", "view_stock", "view_message"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return client_of(user)
