"""Stock alone: nobody else listens, and its invariants hold after each test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from events.execution import execute
from events.registry import registry
from inventory.commands import ReceiveStock
from inventory.invariants import INVARIANTS
from tests.support.shop import units
from tests.support.truth import offences


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_listens", {})


@pytest.fixture(autouse=True)
def always_true(transactional_db: None) -> Iterator[None]:
    yield
    assert offences(INVARIANTS) == {}


def receive(**quantities: int) -> None:
    execute(ReceiveStock(receipt_id=uuid4(), lines=units(**quantities)))
