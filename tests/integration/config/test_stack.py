import os
import signal

import pytest

from tests.support.stack import eventually, lives, worker_processes

pytestmark = [pytest.mark.django_db, pytest.mark.workers]


def test_workers_leave_no_process_behind():
    with worker_processes() as workers:
        pids = [*workers.main_pids, *workers.pool_pids]
        assert len(pids) == 3

    eventually(lambda: not any(map(lives, pids)))


def test_a_killed_worker_takes_its_pool_along_and_is_started_again(workers):
    old_mains, old_pool = workers.main_pids, workers.pool_pids

    for pid in old_mains:
        os.kill(pid, signal.SIGKILL)

    eventually(lambda: not any(lives(pid) for pid in (*old_mains, *old_pool)))
    eventually(lambda: workers.main_pids)
    workers.wait_until_ready()
    assert not set(workers.main_pids) & set(old_mains)
