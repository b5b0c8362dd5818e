"""What Django calls after each test that commits."""

from typing import Any

from django.core.management.commands.flush import Command as DjangosCommand

from tests.support import baseline


class Command(DjangosCommand):
    """Restores the baseline where that is possible, else truncates as Django does."""

    def handle(self, **options: Any) -> None:
        if baseline.is_possible():
            baseline.restore()
        else:
            super().handle(**options)
