from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from rest_framework.exceptions import Throttled

from orders import queries
from tests.integration.api.conftest import Client, an_order, errors, placed, problem


def test_what_the_framework_refuses_is_a_problem_too(ann: Client):
    key = {"Idempotency-Key": "a"}
    order = "/api/v1/orders"
    answers = {
        "not_found": ann.get("/api/v1/nothing"),
        "method_not_allowed": ann.delete(order, headers=key),
        "not_acceptable": ann.get(order, headers={"Accept": "text/html"}),
        "unsupported_media_type": ann.post(order, "<a/>", content_type="text/xml", headers=key),
        "body_too_large": ann.post(order, b" " * 1_000_001, content_type="application/json", headers=key),
    }
    expected = {
        "not_found": 404,
        "method_not_allowed": 405,
        "not_acceptable": 406,
        "unsupported_media_type": 415,
        "body_too_large": 413,
    }

    assert {problem(each)["code"]: each.status_code for each in answers.values()} == expected
    assert answers["method_not_allowed"]["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_only_json_is_read(ann: Client, content_type: str):
    response = ann.post(
        "/api/v1/orders", b"lines=1", content_type=content_type, headers={"Idempotency-Key": "a"}
    )

    assert (response.status_code, problem(response)["code"]) == (415, "unsupported_media_type")


def test_addresses_outside_of_the_api_answer_people(anonymous: Client):
    response = anonymous.get("/nothing")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_an_unknown_host_is_a_problem(anonymous: Client):
    response = anonymous.get("/api/v1/orders", headers={"Host": "evil.example"})

    assert (response.status_code, problem(response)["code"]) == (400, "invalid_request")


WRONG_PARAMETERS = [
    ("limit=0", "limit", "out_of_range"),
    ("limit=201", "limit", "out_of_range"),
    ("limit=x", "limit", "out_of_range"),
    ("limit=٣", "limit", "out_of_range"),
    ("limit=99999999999999999999999", "limit", "out_of_range"),
    ("limit=1&limit=2", "limit", "repeated"),
    ("stauts=draft", "stauts", "unknown_parameter"),
    ("customer_id__isnull=1", "customer_id__isnull", "unknown_parameter"),
    ("status=lost", "status", "invalid_choice"),
    ("sort=total", "sort", "invalid_choice"),
    ("sort=customer__password", "sort", "invalid_choice"),
    ("placed_after=yesterday", "placed_after", "invalid"),
    ("number=%00", "number", "null_characters_not_allowed"),
    ("cursor=nonsense", "cursor", "invalid"),
    ("cursor=%00", "cursor", "invalid"),
    ("cursor=WzAsIm5vd2hlbiIsIm5vdGhpbmciXQ", "cursor", "invalid"),
    ("cursor=WzAsbnVsbCxudWxsXQ", "cursor", "invalid"),
]


def test_a_parameter_that_is_not_listed_or_wrong_is_named(ann: Client):
    for query, place, code in WRONG_PARAMETERS:
        response = ann.get(f"/api/v1/orders?{query}")

        assert response.status_code == 400, query
        assert errors(response) == {(place, code)}, query


def test_a_command_takes_no_parameters(ann: Client):
    response = ann.ask("/orders?dry_run=1", an_order())

    assert response.status_code == 400
    assert errors(response) == {("dry_run", "unknown_parameter")}


def test_a_lost_connection_is_a_reason_to_ask_again(ann: Client):
    """PostgreSQL ends our connection in the middle of a request."""
    order = placed(ann)
    ours = connection.connection.info.backend_pid
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    parameters.pop("cursor_factory")

    def kill_then_ask(order_id: Any) -> Any:
        with psycopg.connect(**{**parameters, "context": None}, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [ours])
        return original(order_id)

    original, queries.order = queries.order, kill_then_ask
    try:
        response = ann.read(f"/orders/{order['id']}")
    finally:
        queries.order = original

    assert (response.status_code, problem(response)["code"]) == (503, "unavailable")
    assert response["Retry-After"] == "1"
    assert problem(response)["retryable"]
    connection.close()
    assert ann.read(f"/orders/{order['id']}").status_code == 200


def test_a_database_that_is_away_before_the_view_begins_is_the_same_problem(
    ann: Client, monkeypatch: pytest.MonkeyPatch
):
    ann.raise_request_exception = False

    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("no route to host 10.1.2.3")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)

    response = ann.read("/orders")

    assert (response.status_code, problem(response)["code"]) == (503, "unavailable")
    assert "10.1.2.3" not in response.content.decode()


def test_a_mistake_of_ours_is_logged_and_tells_nothing(
    ann: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def wrong(order_id: Any) -> None:
        raise RuntimeError("secret")

    order = placed(ann)
    monkeypatch.setattr(queries, "order", wrong)

    response = ann.get(f"/api/v1/orders/{order['id']}", headers={"X-Request-ID": "r-1"})

    told = problem(response)
    assert (response.status_code, told["code"]) == (500, "internal_error")
    assert (told["request_id"], told["correlation_id"]) == ("r-1", order["id"])
    assert "secret" not in response.content.decode()
    assert [
        getattr(record, "event", None) for record in caplog.records if record.name == "config.api.problems"
    ] == ["request.failed"]


def test_who_asks_too_often_is_told_when_to_come_back(ann: Client, monkeypatch: pytest.MonkeyPatch):
    def too_often(order_id: Any) -> None:
        raise Throttled(wait=2.5)

    order = placed(ann)
    monkeypatch.setattr(queries, "order", too_often)

    response = ann.read(f"/orders/{order['id']}")

    assert (response.status_code, problem(response)["code"]) == (429, "too_many_requests")
    assert response["Retry-After"] == "3"


def test_the_meaning_of_each_code_stands_where_its_type_leads(anonymous: Client):
    codes = anonymous.get("/api/problems").json()

    assert codes["stale"] == {"status": 412, "title": "It has changed meanwhile", "retryable": False}


def test_every_address_answers_every_method_without_an_error_of_ours(manager: Client):
    order = placed(manager)
    paths = [path.replace("{order_id}", order["id"]).replace("{sku}", "mug") for path in document()["paths"]]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            response = manager.generic(method, path, headers={"Idempotency-Key": "a"})
            assert response.status_code < 500, (method, path, response.content)


def document() -> Any:
    return yaml.safe_load((Path(__file__).parents[3] / "docs" / "openapi.yaml").read_text())
