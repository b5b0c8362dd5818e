from collections.abc import Iterator

import pytest

from payments import sandbox_ledger
from shipping import sandbox


@pytest.fixture(autouse=True)
def impatient_sandbox(settings) -> None:
    settings.SANDBOX_TIMEOUT = 0.05


@pytest.fixture(scope="session", autouse=True)
def no_connection_is_left(django_db_setup: None) -> Iterator[None]:
    """A database that somebody is connected to cannot be dropped after the tests."""
    yield
    for connections in (sandbox_ledger.connections, sandbox.connections):
        connections().close()
        connections.cache_clear()
