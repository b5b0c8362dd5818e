"""What became of the jobs that operators asked for?"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_celery_results.models import GroupResult, TaskResult

from events.display import NOTHING, Tone, badge, link, moment
from events.jobs import items_of, requested_by
from events.models import DeadLetter, Delivery
from events.queries import deliveries_by_id
from events.readonly import ReadOnlyAdmin
from events.standing import standing

_TONES: dict[str, Tone] = {
    "PENDING": "mute",
    "STARTED": "wait",
    "PROGRESS": "wait",
    "SUCCESS": "good",
    "FAILURE": "bad",
}
# Celery calls success that a job ran to its end; what it asked others to do has its own end.
_WORDS = {
    "PENDING": "requested",
    "STARTED": "running",
    "PROGRESS": "running",
    "SUCCESS": "ran to its end",
    "FAILURE": "failed",
}
_SHOWN = 100

for model in (TaskResult, GroupResult):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(TaskResult)
class JobAdmin(ReadOnlyAdmin[TaskResult]):
    list_display = ("job", "task_name", "stands", "requested", "finished")
    list_filter = ("status",)
    list_display_links = None
    search_fields = ("task_id",)
    search_help_text = "The id of a job"
    ordering = ("-date_created",)
    page_template = "admin/operators/job.html"

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> TaskResult | None:
        return TaskResult.objects.filter(task_id=object_id).first()

    def page_context(self, request: HttpRequest, row: TaskResult) -> dict[str, Any]:
        result = _json(row.result)
        items = items_of(row)
        revived = deliveries_by_id(items[:_SHOWN]) if row.task_name == "events.replay_dead_letters" else []
        return {
            "title": f"Job {row.task_name or ''}",
            "original": None,
            "stands": self.stands(row),
            "is_over": row.status in {"SUCCESS", "FAILURE", "REVOKED"},
            "progress": result if row.status == "PROGRESS" and isinstance(result, dict) else None,
            "result": result if row.status == "SUCCESS" else None,
            "error": row.result if row.status == "FAILURE" else None,
            "asked": len(items),
            "by": requested_by(row, about=DeadLetter),
            "items": [(delivery, standing(delivery)) for delivery in revived],
            "tally": Counter(Delivery.State(delivery.state).label for delivery in revived).most_common(),
        }

    @admin.display(description="job")
    def job(self, row: TaskResult) -> Any:
        return link(f"…{row.task_id[-8:]}", "django_celery_results_taskresult", row.task_id)

    @admin.display(description="state")
    def stands(self, row: TaskResult) -> Any:
        return badge(_WORDS.get(row.status, row.status), _TONES.get(row.status, "bad"))

    @admin.display(description="requested")
    def requested(self, row: TaskResult) -> Any:
        return moment(row.date_created)  # type: ignore[attr-defined]  # django-celery-results has no types

    @admin.display(description="finished")
    def finished(self, row: TaskResult) -> Any:
        return moment(row.date_done) if row.status in {"SUCCESS", "FAILURE", "REVOKED"} else NOTHING


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return text
