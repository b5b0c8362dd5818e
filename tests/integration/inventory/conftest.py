"""Stock to test with, and a look at every invariant after each test."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from events.drain import drain
from events.execution import execute
from events.lanes import all_lanes
from inventory.commands import ReceiveStock
from tests.support.shop import units
from tests.support.truth import offences


@pytest.fixture(autouse=True)
def always_true(transactional_db: None) -> Iterator[None]:
    yield
    assert offences() == {}


def receive(**quantities: int) -> None:
    execute(ReceiveStock(receipt_id=uuid4(), lines=units(**quantities)))


def drain_all() -> None:
    """Until no lane settles anything more."""
    while sum([drain(number) for _, number in all_lanes()]):
        pass
