"""Writes the sandbox card processor's own ledger as JSON lines: what was really charged, by its account and not by ours."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from payments.models import SandboxEntry

_FIELDS = ("key", "kind", "amount_minor", "currency", "provider_reference", "order_id")


class Command(BaseCommand):
    help = "Write the sandbox card processor's own ledger as JSON lines, in the order of its entries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", metavar="FILE", type=Path, help="Where to write; without it, to standard output."
        )

    def handle(self, *args: Any, out: Path | None = None, **options: Any) -> None:
        entries = SandboxEntry.objects.order_by("id").values(*_FIELDS)
        with out.open("wb") if out else nullcontext(sys.stdout.buffer) as lines:
            # In pages from a server-side cursor: the ledger may be larger than memory.
            for entry in entries.iterator(chunk_size=2000):
                lines.write(msgspec.json.encode(entry) + b"\n")
            lines.flush()
