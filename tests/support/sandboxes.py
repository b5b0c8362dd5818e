"""The sandbox card processor and carrier in a test: impatient, and gone at the end. Import both fixtures in a conftest."""

from collections.abc import Iterator
from typing import Any

import pytest

from events.outside import connections


@pytest.fixture(autouse=True)
def impatient_sandboxes(settings: Any) -> None:
    settings.SANDBOX_TIMEOUT = 0.05


@pytest.fixture(scope="session", autouse=True)
def closed_sandboxes(django_db_setup: None) -> Iterator[None]:
    """A database that somebody is connected to cannot be dropped after the tests."""
    yield
    if connections.cache_info().currsize:
        connections().close()
        connections.cache_clear()
