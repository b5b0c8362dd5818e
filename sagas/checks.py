"""Which saga cannot run? Found when Django starts; `sagas.validation` knows the mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from sagas.runner import running
from sagas.validation import problems


@register()
def definitions(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """All mistakes in all definitions, each as `sagas.E001` and so on."""
    return [
        Error(f"{problem.saga}: {problem.message}", hint=problem.hint, id=f"sagas.{problem.mistake.value}")
        for runs in running.values()
        for problem in problems(runs.saga)
    ]
