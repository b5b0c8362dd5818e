"""Makes `config` an app, for its management commands, and Celery's app the one that tasks bind to."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConfigConfig(AppConfig):
    """The composition root."""

    name = "config"

    def ready(self) -> None:
        import config.celery  # noqa: F401 (shared tasks bind to the app that exists by then)
        from config.roles import grant

        post_migrate.connect(grant, dispatch_uid="config.roles")
