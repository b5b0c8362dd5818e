"""A browser, a server and a worker on the test's own database."""

import pytest

from tests.integration.events.conftest import _closed_calls, _quiet_redis
from tests.support.office import stocked
from tests.support.sandboxes import closed_sandboxes, impatient_sandboxes

__all__ = ["_closed_calls", "_quiet_redis", "closed_sandboxes", "impatient_sandboxes"]


@pytest.fixture(autouse=True)
def _browser_beside_django(monkeypatch: pytest.MonkeyPatch) -> None:
    # Playwright runs an event loop in this thread, where Django would refuse to ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def shop(transactional_db: None) -> None:
    stocked(MUG=100)
