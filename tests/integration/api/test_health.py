from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from events.models import Delivery, Lane
from tests.integration.api.conftest import Client, placed


def test_a_process_that_answers_is_alive(anonymous: Client, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr("config.api.health.connection.cursor", away)
        response = anonymous.get("/healthz")

    assert response.json() == {"status": "ok"}


def test_a_shop_that_is_carried_on_is_ready(anonymous: Client):
    response = anonymous.get("/readyz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert set(response.json()["checks"]) == {"database", "redis", "deliveries"}


def test_without_the_database_nothing_is_ready(anonymous: Client, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr("config.api.health.connection.cursor", away)
        response = anonymous.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "red")
    assert "hunter2" not in response.content.decode()


def test_without_redis_orders_are_taken_all_the_same(anonymous: Client, settings):
    settings.REDIS_URL = "redis://:hunter2@127.0.0.1:1/0"

    response = anonymous.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert "hunter2" not in response.content.decode()


def test_work_that_nobody_takes_for_half_a_minute_is_red(ann: Client, anonymous: Client):
    ann.ask(f"/orders/{placed(ann)['id']}/confirm")
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=31))

    neglected = anonymous.get("/readyz")
    Lane.objects.update(lease_until=timezone.now() + timedelta(seconds=10))
    held = anonymous.get("/readyz")

    assert (neglected.status_code, neglected.json()["checks"]["deliveries"]["status"]) == (503, "red")
    assert (held.status_code, held.json()["checks"]["deliveries"]["status"]) == (200, "ok")
    assert held.json()["checks"]["deliveries"]["oldest_due_seconds"] >= 31


def away() -> None:
    raise OperationalError("password hunter2 refused")
