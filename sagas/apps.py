"""Starts the sagas: finds every definition, checks it, and gives it its rows."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SagasConfig(AppConfig):
    name = "sagas"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events.tables import projects
        from sagas import checks, order  # noqa: F401  # registers the system checks, and our saga
        from sagas.models import SagaRow
        from sagas.projections import saga_row
        from sagas.runner import running

        autodiscover_modules("sagas")
        for runs in running.values():
            projects(runs.instances, into=SagaRow)(saga_row)
