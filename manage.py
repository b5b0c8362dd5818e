#!/usr/bin/env python3
"""Any management command, with the servers it needs."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError as DatabaseAway
from kombu.exceptions import OperationalError as BrokerAway
from redis import RedisError

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
    except DatabaseAway as error:
        sys.exit(
            f"manage.py: PostgreSQL cannot be reached: {_first_line(error)}. Start it, or correct DATABASE_URL."
        )
    except (BrokerAway, RedisError) as error:
        sys.exit(f"manage.py: Redis cannot be reached: {_first_line(error)}. Start it, or correct REDIS_URL.")
    except OSError as error:
        if error.filename is None or not str(error.filename).startswith(str(data_directory())):
            raise
        sys.exit(f"manage.py: {data_directory()} cannot be used: {error.strerror}. Choose another DATA_DIR.")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    main(sys.argv[1:])
