"""Shows the whole system at work."""

import os
import signal
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from config.demo import people, shop
from config.demo.results import show_addresses
from config.demo.scenes import Demo
from config.importing.errors import ImportRefused
from config.system import HOST, supervised

_PORTS = range(8000, 8100)
# The sandboxes leave some requests unanswered; nobody shall wait for them longer than this.
_LONGEST_SILENCE = 2.0


class Command(BaseCommand):
    """Web, workers and beat, sample orders or those of a file, and what became of them."""

    help = "Shows the system at work until Ctrl-C. With --once: exit code 0 if every saga ended and every invariant holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit when everything has ended")
        parser.add_argument(
            "--orders", type=Path, metavar="FILE", help="orders in the form of the Online Retail data"
        )
        parser.add_argument("--count", type=_count, default=200, help="how many sample orders (default 200)")
        parser.add_argument("--web-port", type=int, help="default: the first that is free from 8000 on")

    def handle(self, *args: Any, **options: Any) -> None:
        # Both unwind the blocks below, also while they are still starting.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        console = Console(file=sys.stdout)
        try:
            is_well = self._show(
                console, **{name: options[name] for name in ("once", "orders", "count", "web_port")}
            )
        except ImportRefused as error:
            raise CommandError(f"{options['orders']}: {error}") from error
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second one finds everything stopped
            console.print("Stopped.")
            sys.exit(130 if options["once"] else 0)
        sys.exit(0 if is_well else 1)

    def _show(
        self, console: Console, *, once: bool, orders: Path | None, count: int, web_port: int | None
    ) -> bool:
        if orders and not orders.is_file():
            raise CommandError(f"--orders: there is no file {orders}.")
        console.print("Preparing the database …")
        call_command("migrate", verbosity=0)
        operator, customer = people.create(settings.DATA_DIR)
        if orders is None:
            shop.open_shop()
            shop.stock_up()
        console.print("Starting web, workers and beat …")
        port = web_port or _free_port()
        silence = str(min(settings.SANDBOX_TIMEOUT, _LONGEST_SILENCE))
        with supervised(
            {"SANDBOX_TIMEOUT": silence}, web_port=port, concurrency=max(2, min(os.cpu_count() or 2, 8))
        ) as stack:
            demo = Demo(console=console, pids=lambda: stack.pids)
            is_well = demo.show_file(orders) if orders else demo.show_samples(count)
            show_addresses(console, f"http://{HOST}:{port}", operator, customer)
            if not once:
                console.print("Ctrl-C ends it.")
                while True:
                    signal.pause()
        return is_well


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise ArgumentTypeError(f"{text!r} is no number from 1 to 100,000")
    return int(text)


def _free_port() -> int:
    for port in chain(_PORTS, [0]):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError("No port is free. Name one with --web-port.")
