"""Orders alone: nobody else listens, and its invariants hold after each test."""

from collections.abc import Iterator

import pytest

from events.registry import registry
from orders.invariants import INVARIANTS
from tests.support.truth import offences


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_listens", {})


@pytest.fixture(autouse=True)
def always_true(transactional_db: None) -> Iterator[None]:
    yield
    assert offences(INVARIANTS) == {}
