import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import connection

from tests.integration.api.conftest import an_order
from tests.support.stack import Workers, eventually

pytestmark = pytest.mark.workers


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def order_of(client: httpx.Client, **fields: Any) -> Any:
    response = client.post("/orders", json=an_order(**fields), headers=key())
    assert response.status_code == 201, response.text
    return response.json()


def test_an_order_runs_to_approval_and_says_so(ann: httpx.Client, workers: Workers):
    path = f"/orders/{order_of(ann)['id']}"

    assert ann.post(f"{path}/confirm", headers=key()).json()["status"] == "confirmed"

    eventually(lambda: ann.get(path).json()["saga_status"] == "completed", within=30)
    order = ann.get(path).json()
    assert (order["status"], order["payment_status"], order["fulfilment_status"]) == (
        "approved",
        "paid",
        "arranged",
    )
    assert order["message"] == "Your order is paid and on its way to you."
    assert order["links"]["actions"] == []
    assert ann.get("/inventory/mug").json()["available"] == 3
    told = [each["name"] for each in ann.get(f"{path}/timeline").json()["data"]]
    assert {"payments.payment_captured", "shipping.shipping_arranged", "orders.order_approved"} <= set(told)


def test_a_declined_order_ends_cancelled_and_says_why(ann: httpx.Client, workers: Workers):
    path = f"/orders/{order_of(ann, payment_method='tok_declined')['id']}"

    ann.post(f"{path}/confirm", headers=key())

    eventually(lambda: ann.get(path).json()["saga_status"] == "compensated", within=30)
    order = ann.get(path).json()
    assert (order["status"], order["payment_status"]) == ("cancelled", "failed")
    assert order["message"] == "Your order is cancelled: the payment did not succeed."
    assert ann.get("/inventory/mug").json()["available"] == 5


def test_a_body_without_a_stated_length_is_read_like_any_other(ann: httpx.Client):
    def in_pieces() -> Iterator[bytes]:
        text = json.dumps(an_order()).encode()
        yield from (text[:50], text[50:])

    headers = {**key(), "Content-Type": "application/json"}

    placed = ann.post("/orders", content=in_pieces(), headers=headers)
    again = ann.post("/orders", json=an_order(), headers=headers)

    assert placed.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("size", [1_000_001, 3_000_000])
@pytest.mark.parametrize("is_stated", [True, False])
def test_a_body_that_is_too_large_is_refused(ann: httpx.Client, size: int, is_stated: bool):
    content: Any = b" " * size if is_stated else iter([b" " * size])

    response = ann.post("/orders", content=content, headers={**key(), "Content-Type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert response.headers["Content-Type"] == "application/problem+json"


def test_connections_that_postgresql_ends_are_replaced(ann: httpx.Client):
    path = f"/orders/{order_of(ann)['id']}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    answers = {ann.get(path).status_code for _ in range(10)}

    assert answers <= {200, 503}
    assert ann.get(path).status_code == 200


def test_each_request_leaves_a_line_that_names_no_person(ann: httpx.Client, tmp_path: Path):
    order_of(ann)
    ann.get("/orders", headers={"X-Request-ID": "shop-42"})

    log = (tmp_path / "web.log").read_text()
    assert '"request_id": "shop-42"' in log
    for personal in ("Ann Lee", "ann@example.org", "High St", "correct horse"):
        assert personal not in log
