"""How does an operator's job begin? Asked for, never waited for; django-celery-results keeps what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import redis
from celery import states
from celery.app.task import Task
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError

from events.errors import EventsError


class BrokerIsDown(EventsError):
    """The job could not be handed over; nothing was changed. Ask again when the broker answers."""


def request(job: Task[Any, Any], items: Sequence[int], *, user: int, about: type[Model], what: str) -> str:
    """Have a worker run `job` on these items; the id of the job, whose row and audit entry exist when this returns.

    Raises `BrokerIsDown`; then there is neither.
    """
    id = str(uuid4())
    # Celery would cut a long list of arguments short.
    in_full: dict[str, Any] = {"argsrepr": json.dumps(list(items))}
    # Before it is published: a worker may have finished it by the time that this process goes on.
    TaskResult.objects.create(
        task_id=id, task_name=job.name, status=states.PENDING, task_args=json.dumps(json.dumps(items))
    )
    try:
        # Not repeated: an operator who waits can repeat it, and is told at once.
        job.apply_async((list(items),), task_id=id, retry=False, **in_full)
    except (OperationalError, redis.RedisError, OSError) as error:
        TaskResult.objects.filter(task_id=id, status=states.PENDING).delete()
        raise BrokerIsDown(
            "The broker does not answer; nothing was requested and nothing has changed."
        ) from error
    LogEntry.objects.create(
        user_id=user,
        content_type=ContentType.objects.get_for_model(about, for_concrete_model=False),
        object_id=id,
        object_repr=what[:200],
        action_flag=CHANGE,
        change_message=f"requested as job {id}",
    )
    return id


def requested_by(job: TaskResult, *, about: type[Model]) -> str:
    """Who asked for the job; empty where nobody did by `request`."""
    kind = ContentType.objects.get_for_model(about, for_concrete_model=False)
    entry = LogEntry.objects.filter(content_type=kind, object_id=job.task_id).select_related("user").first()
    return entry.user.get_username() if entry else ""


def items_of(job: TaskResult) -> list[int]:
    """On which items the job works; empty where that was not kept."""
    try:
        items = json.loads(json.loads(job.task_args))
    except (TypeError, ValueError):
        return []
    return [item for item in items if isinstance(item, int)] if isinstance(items, list) else []
