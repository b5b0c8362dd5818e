"""A server or a folder that cannot be used is told in one sentence, without a traceback."""

import os
import subprocess
import sys

import pytest

from config.environment import BASE_DIR


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x", "PostgreSQL cannot be reached"),
        ("DATA_DIR", "/proc/x", "Choose another DATA_DIR"),
        ("DATA_DIR", "/etc/passwd", "Choose another DATA_DIR"),
    ],
)
def test_what_cannot_be_reached_is_told_in_a_sentence(variable, value, told):
    environment = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    if variable == "DATA_DIR":
        environment = {name: text for name, text in environment.items() if not name.endswith("_URL")}

    ended = subprocess.run(
        [sys.executable, "manage.py", "verify_invariants"],
        cwd=BASE_DIR,
        env=environment | {variable: value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr
