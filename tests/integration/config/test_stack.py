import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from config.celery import app
from tests.support.stack import Workers, eventually, worker_processes

pytestmark = [pytest.mark.django_db, pytest.mark.workers]


def test_workers_leave_no_process_behind():
    with worker_processes() as workers:
        pids = [*workers.main_pids, *workers.pool_pids]
        assert len(pids) == 3

    assert not any(_lives(pid) for pid in pids)


def test_a_killed_worker_takes_its_pool_along_and_is_started_again(workers):
    old_mains, old_pool = workers.main_pids, workers.pool_pids

    for pid in old_mains:
        os.kill(pid, signal.SIGKILL)

    eventually(lambda: not any(_lives(pid) for pid in (*old_mains, *old_pool)))
    eventually(lambda: workers.main_pids)
    workers.wait_until_ready()
    assert not set(workers.main_pids) & set(old_mains)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
