"""One shop with real workers for all tests of this folder, and stock for each of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from events.execution import execute
from events.ids import new_id
from inventory.commands import ReceiveStock
from tests.support.shop import units
from tests.support.stack import Workers, eventually, worker_processes

RARE = 7


@pytest.fixture(scope="package")
def company(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """A worker with two pool processes, and beat for the sweep; card processor and carrier are impatient."""
    with (
        pytest.MonkeyPatch.context() as environment,
        # Each beat keeps a schedule of its own: another process of pytest may run one, too.
        override_settings(DATA_DIR=tmp_path_factory.mktemp("beat")),
        django_db_blocker.unblock(),
    ):
        environment.setenv("SANDBOX_TIMEOUT", "0.1")
        with worker_processes(concurrency=2, with_beat=True) as workers:
            yield workers


@pytest.fixture
def at_work(company: Workers, transactional_db: None) -> Workers:
    """Ready and idle, whatever the test before has done to it; there are mugs for all, and seven rare things."""
    company.wait_until_ready()
    eventually(lambda: len(company.pool_pids) == 2)
    execute(ReceiveStock(receipt_id=new_id(), lines=units(MUG=10_000, RARE=RARE)))
    return company
