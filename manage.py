#!/usr/bin/env python3
"""Any management command, with the servers it needs."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import environment
from config.errors import PlatformError
from config.servers import data_directory, embedded_servers

NEED_NO_SERVERS = {"help", "version", "--help", "-h", "--version"}


def main(arguments: list[str]) -> None:
    """Where DATABASE_URL or REDIS_URL is not set, embedded servers run for the length of the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Turned into an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        environment.read_dotenv()
        if NEED_NO_SERVERS.intersection(arguments) or not arguments:
            execute_from_command_line(["manage.py", *arguments])
            return
        with embedded_servers(data_directory()) as servers:
            os.environ.update(servers.environment)
            execute_from_command_line(["manage.py", *arguments])
    except (ImproperlyConfigured, PlatformError) as error:
        sys.exit(f"manage.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
