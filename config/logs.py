"""How is a log line written, and what may never stand in it?

JSON where a machine reads, plain text on a terminal. What a caller puts into `extra` is part of the line. Payloads
and SQL parameters are not: the loggers that would print them are kept at WARNING, and the lines in which PostgreSQL
quotes a row are withheld from tracebacks.
"""

import re
import sys
from typing import Any

import structlog
from structlog.types import EventDict, Processor

from config.environment import unusable

# "DETAIL:  Failing row contains (…)", "CONTEXT:  JSON data, line 1: {…" and the like.
QUOTED_DATA = re.compile(r"^(\s*(?:DETAIL|CONTEXT|QUERY|STATEMENT|LINE \d+):).*$", re.MULTILINE)


def without_quoted_data(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keeps what PostgreSQL says about an error, without the data it shows as proof."""
    for key in ("message", "exception", "error"):
        if isinstance(value := event.get(key), str):
            event[key] = QUOTED_DATA.sub(r"\1 withheld", value)
    return event


def keep_sentence(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """`message` is the sentence for people; `event` is free for the dotted name that `extra` may bring."""
    event["message"] = event["event"]
    return event


def without_repeated_sentence(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A line that brought no dotted name has none."""
    if event["event"] == event["message"]:
        del event["event"]
    return event


def logging_config(form: str) -> dict[str, Any]:
    """A configuration for `logging`; form is `json`, `plain`, or `auto`: plain on a terminal."""
    if form not in {"json", "plain", "auto"}:
        raise unusable("LOG_FORMAT", "json, plain or auto")
    is_plain = form == "plain" or (form == "auto" and sys.stderr.isatty())
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _preparation(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    without_repeated_sentence,
                    # Without the local variables that other formatters add: they hold payloads.
                    structlog.processors.format_exc_info,
                    without_quoted_data,
                    _plain() if is_plain else structlog.processors.JSONRenderer(default=str),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.db.backends": {"level": "WARNING"},
            # A line for each wake-up says nothing: the deliveries' own lines do.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            # Uvicorn has put handlers of its own on these; the requests' own lines say more than its.
            "uvicorn": {"handlers": [], "propagate": True},
            "uvicorn.error": {"level": "WARNING"},
            "uvicorn.access": {"handlers": [], "level": "WARNING"},
        },
    }


def _preparation() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        keep_sentence,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _plain() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), event_key="message", exception_formatter=structlog.dev.plain_traceback
    )


# For what logs through structlog itself (django-structlog); everything else comes through `logging`.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_preparation(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
