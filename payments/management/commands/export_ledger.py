"""Writes the sandbox card processor's own ledger as JSON lines: what was charged by its account, not by ours."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from django.core.management.base import BaseCommand, CommandError

from payments.models import SandboxEntry

_FIELDS = ("key", "kind", "amount_minor", "currency", "provider_reference", "order_id")


class Command(BaseCommand):
    """The entries in their order, in bounded memory."""

    help = (
        "Writes the sandbox card processor's own ledger, one JSON object a line, in the order of its entries."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="where to write; without it, to standard output"
        )

    def handle(self, *args: Any, out: Path | None = None, **options: Any) -> None:
        try:
            if out is None:
                _write(sys.stdout.buffer)
            else:
                # Written beside and moved into place: nobody takes half a ledger for a whole one.
                unfinished = out.with_name(f".{out.name}.unfinished")
                with unfinished.open("wb") as file:
                    _write(file)
                unfinished.replace(out)
        except BrokenPipeError:
            # Whoever read has seen enough (`| head`); what is still buffered must not complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(str(error)) from error


def _write(lines: BinaryIO) -> None:
    entries = SandboxEntry.objects.order_by("id").values(*_FIELDS)
    # Page by page from a cursor of the server: the ledger may be larger than memory.
    lines.writelines(msgspec.json.encode(entry) + b"\n" for entry in entries.iterator(chunk_size=2000))
    lines.flush()
