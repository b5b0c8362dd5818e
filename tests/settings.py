"""The product's settings on servers of the test run's own, with the toy contexts of the kernel's tests."""

import os
import sys

if "pytest" in sys.modules:
    # Before the product's settings are read, and those before any conftest: pytest-django asks for them first.
    # Other readers (mypy, manage.py check) need no servers.
    from tests.support.servers import serve_this_run

    serve_this_run()

os.environ.setdefault("SECRET_KEY", "only-for-tests-and-long-enough-to-sign-tokens-with-it")

from config.settings import *  # noqa: E402, F403

INSTALLED_APPS += [f"tests.toys.{name}" for name in ("accounts", "mailbox") if (BASE_DIR / "tests" / "toys" / name / "apps.py").exists()]  # noqa: F405  # until written
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
