import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured

from config.logs import logging_config


@pytest.fixture
def line() -> Callable[[logging.LogRecord], dict[str, Any]]:
    """Writes one record as a production process would and reads it back."""
    options = dict(logging_config("json")["formatters"]["line"])
    assert options.pop("()") is structlog.stdlib.ProcessorFormatter
    formatter = structlog.stdlib.ProcessorFormatter(**options)

    def written(record: logging.LogRecord) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(formatter.format(record))
        return read

    return written


def test_extra_values_stand_beside_the_sentence(line):
    record = _record("A delivery failed.")
    record.__dict__.update(event="delivery.failed", attempt=3)

    written = line(record)

    assert written["message"] == "A delivery failed."
    assert written["event"] == "delivery.failed"
    assert written["attempt"] == 3


def test_a_line_without_a_dotted_name_has_none(line):
    assert "event" not in line(_record("All is well."))


def test_rows_that_postgresql_quotes_are_withheld(line):
    error = ValueError("violates check constraint\nDETAIL:  Failing row contains (Jane Doe, 4).")

    written = line(_record("It failed.", error))

    assert "violates check constraint" in str(written["exception"])
    assert "Jane Doe" not in str(written)


def test_an_unknown_form_is_refused():
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT"):
        logging_config("yaml")


def _record(message: str, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("test", logging.INFO, "", 0, message, (), exc_info)
