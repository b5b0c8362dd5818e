"""The web server as it runs in production, on the test's database."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.models import User

from config.supervisor import Supervisor, running
from config.system import web
from events.execution import execute
from inventory.commands import ReceiveStock
from orders.models import CatalogueItem
from tests.support.shop import units
from tests.support.stack import database_url


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_FORMAT": "json",
    }
    with running(Supervisor([web(port)], environment=environment, log_dir=tmp_path)) as stack:
        stack.wait_until(lambda: _answers(port), what="The web server", within=30)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def ann(server: str) -> Iterator[httpx.Client]:
    """A customer with a token, in a shop with five mugs."""
    User.objects.create_user("ann", password="correct horse")
    CatalogueItem.objects.create(sku="MUG", name="A mug", unit_price="10.00", currency="GBP")
    execute(ReceiveStock(receipt_id=uuid4(), lines=units(MUG=5)))
    with httpx.Client(base_url=f"{server}/api/v1", timeout=20) as client:
        told = client.post("/tokens", json={"username": "ann", "password": "correct horse"}).json()
        client.headers["Authorization"] = f"Bearer {told['access']}"
        yield client


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
