import re

import pytest

from events.execution import actor
from tests.integration.api.conftest import Client, an_order, problem


def test_a_request_is_named_as_the_client_named_it(ann: Client):
    response = ann.get("/api/v1/orders/", headers={"X-Request-ID": "shop-42:7"})

    assert response["X-Request-ID"] == "shop-42:7"
    assert problem(response)["request_id"] == "shop-42:7"


@pytest.mark.parametrize("name", ["", "a b", "x" * 129, 'a","level":"error', "é"])
def test_a_name_that_could_forge_a_log_line_is_replaced(ann: Client, name: str):
    response = ann.get("/api/v1/orders", headers={"X-Request-ID": name})

    assert re.fullmatch("[0-9a-f-]{36}", response["X-Request-ID"])


def test_a_trace_is_carried_on_where_it_is_one(ann: Client):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    assert ann.get("/api/v1/orders", headers={"traceparent": trace})["traceparent"] == trace
    assert "traceparent" not in ann.get("/api/v1/orders", headers={"traceparent": "00-0-0-0"})


def test_the_next_request_of_the_thread_is_nobodys(ann: Client):
    ann.ask("/orders", an_order())

    assert actor.get() is None


def test_logs_hold_nothing_personal(
    ann: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    ann.ask("/orders", an_order())
    ann.ask("/orders", an_order(nonsense=1))
    ann.ask("/tokens", {"username": "ann", "password": "correct horse"}, key=None)

    told = caplog.text + "".join(capfd.readouterr())
    assert "request_finished" in told
    for personal in ("Ann Lee", "ann@example.org", "High St", "correct horse", "127.0.0.1"):
        assert personal not in told
