"""Addresses, cursors and selections that nobody could have clicked are refused in words, not by an error of ours."""

import base64
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("olga"))
    return client


@pytest.mark.parametrize(
    "path", ["/api/v1/catalogue/%00", "/api/v1/inventory/%00", "/admin/inventory/stock/%00/history/"]
)
def test_nothing_is_found_at_an_address_with_a_nul(operator, path):
    assert operator.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/admin/events/message/?name=%00", "/admin/auth/group/?name=%00"])
def test_a_filter_with_a_nul_is_a_bad_request(operator, path):
    assert operator.get(path).status_code == 400


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/api/v1/catalogue?sort=-unit_price", [0, "1e999999", "9"]),
        ("/api/v1/inventory?", [0, "\ud800", "\ud800"]),
    ],
)
def test_a_cursor_that_no_column_can_hold_is_a_bad_request(operator, path, place):
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")

    answer = operator.get(f"{path}&cursor={cursor}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("selected", ["nonsense", "\0"])
def test_a_selection_that_is_no_row_does_nothing_and_says_so(operator, selected):
    answer = operator.post(
        "/admin/events/deadletter/",
        {"action": "replay_selected", "_selected_action": selected},
        follow=True,
    )

    assert answer.status_code == 200
    assert "Nothing was done" in answer.content.decode()


def test_the_bare_address_leads_to_the_admin(operator):
    assert operator.get("/").headers["Location"] == "/admin/"
