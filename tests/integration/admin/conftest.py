"""The admin on a shop with stock; each test adds the orders that it looks at."""

import pytest
from django.test import Client

from tests.integration.events.conftest import _closed_calls, _quiet_redis
from tests.support.office import member, stocked
from tests.support.sandboxes import closed_sandboxes, impatient_sandboxes

__all__ = ["_closed_calls", "_quiet_redis", "closed_sandboxes", "impatient_sandboxes"]


@pytest.fixture(autouse=True)
def shop(transactional_db: None) -> None:
    stocked(MUG=100)


@pytest.fixture
def operator(shop: None) -> Client:
    return member("operator")
