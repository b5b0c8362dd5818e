"""The product's settings on servers of the test run's own, with the toy contexts of the kernel's tests."""

import os
import sys

if "pytest" in sys.modules:
    # Before the product's settings are read, and those before any conftest: pytest-django asks for them first.
    # Other readers (mypy, manage.py check) need no servers.
    from tests.support.servers import serve_this_run

    serve_this_run()

os.environ.setdefault("SECRET_KEY", "only-for-tests-and-long-enough-to-sign-tokens-with-it")

from config.settings import *  # noqa: F403

INSTALLED_APPS += ["tests.support", "tests.toys.accounts", "tests.toys.mailbox"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
