"""Which Celery app carries the wake-ups?"""

import logging.config
import os
from typing import Any

from celery import Celery, signals

from config.leash import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("saga")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def log_as_django_does(**_: Any) -> None:
    """Connected, this keeps Celery from installing handlers of its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.worker_process_init.connect
def follow_the_main_process(**_: Any) -> None:
    """A pool process whose worker was killed with -9 would wait on its pipe for ever."""
    die_with_parent()


@signals.worker_ready.connect
def sweep_as_long_as_the_worker_lives(**_: Any) -> None:
    """What was due while no worker ran is found at once, and what Redis forgets within seconds."""
    from events.sweep import sweep_steadily

    sweep_steadily()
