"""What does Celery carry? The number of a lane; never a payload, never a rule."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task

from events.drain import drain as drain_lane
from events.replay import replay
from events.sweep import sweep as sweep_lanes


@shared_task(name="events.drain", ignore_result=True)
def drain(lane: int) -> None:
    drain_lane(lane)


@shared_task(name="events.sweep", ignore_result=True)
def sweep() -> None:
    sweep_lanes()


@shared_task(name="events.replay_dead_letters", bind=True, ignore_result=False)
def replay_dead_letters(self: Task[Any, Any], deliveries: list[int]) -> dict[str, int]:
    """An operator's job: its progress and its result are kept by django-celery-results."""

    def progress(done: int, total: int) -> None:
        self.update_state(state="PROGRESS", meta={"done": done, "total": total})

    return replay(deliveries, progress)
