"""Runs the system until it is told to stop."""

import signal
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from config.system import HOST, supervised


class Command(BaseCommand):
    """Web, workers and beat under one supervisor; SIGTERM or Ctrl-C ends them all."""

    help = "Starts web, workers and beat, and starts again what dies, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--web-port", type=int, default=8000)
        parser.add_argument(
            "--workers", type=int, default=1, help="worker processes with a pool each (default 1)"
        )
        parser.add_argument("--concurrency", type=int, default=2, help="processes in each pool (default 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        # Both unwind the block below, also while it is still starting, and where a shell has told its children to
        # ignore Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._run(**{name: options[name] for name in ("web_port", "workers", "concurrency")})
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run(self, *, web_port: int, workers: int, concurrency: int) -> NoReturn:
        with supervised(web_port=web_port, workers=workers, concurrency=concurrency) as stack:
            self.stdout.write(f"Web: http://{HOST}:{web_port}/admin/")
            self.stdout.write(f"Logs: {stack.log_dir}")
            for name, pid in stack.pids.items():
                self.stdout.write(f"{name}: process {pid}")
            self.stdout.flush()  # whoever reads this through a pipe waits for it
            while True:
                signal.pause()
