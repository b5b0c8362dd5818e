"""Starts the kernel: finds every declaration, registers checks, keeps lanes and handlers in step with the code."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    name = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events import checks  # noqa: F401  # registers the system checks
        from events.registration import register

        autodiscover_modules("events", "commands", "handlers", "subscribers", "projections")
        post_migrate.connect(register, sender=self)
