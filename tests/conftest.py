"""What every test can rely on; the servers were started by `tests.settings`."""

import signal
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from pytest_django import DjangoDbBlocker

from tests.support import baseline
from tests.support.servers import stop_serving
from tests.support.stack import Workers, worker_processes

# A shell tells what it starts in the background to ignore Ctrl-C, and that is inherited; what we test must not ignore it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests commit for real: a surrounding transaction hides on_commit, locks and what another process sees."""
    for item in items:
        if mark := item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db(**{**mark.kwargs, "transaction": True}), append=False)


def pytest_configure() -> None:
    # By default a run that is told to end would leave its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure() -> None:
    stop_serving()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        baseline.keep()


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """This process's Redis, emptied before the test."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(match=f"{settings.REDIS_PREFIX}*"):
            client.delete(key)
        yield client


@pytest.fixture
def workers(transactional_db: None) -> Iterator[Workers]:
    """One real worker with two pool processes, at work on the test's database."""
    with worker_processes() as stack:
        yield stack
