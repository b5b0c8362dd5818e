"""Writes the log as CloudEvents, a JSON object on each line."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from django.core.management.base import BaseCommand, CommandError

from events.cloudevents import cloud_event
from events.errors import EventsError
from events.messages import Kind, message_types
from events.reader import read


class Command(BaseCommand):
    """Events and commands in the order of the log, all that is final now, in bounded memory."""

    help = "Writes events and commands as CloudEvents 1.0, one JSON object a line, in the order of their positions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, metavar="POSITION", help="only what came after it (default 0)"
        )
        parser.add_argument("--types", metavar="A,B", help="only these, by their stored names")
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="where to write; without it, to standard output"
        )

    def handle(self, *args: Any, after: int, types: str | None, out: Path | None, **options: Any) -> None:
        names = _names(types)
        if after < 0:
            raise CommandError(
                f"--after: {after} is no position. They begin at 1; 0 means from the beginning."
            )
        try:
            with _opened(out) as lines:
                for envelope in read(after, names):
                    if envelope.kind is not Kind.DECISION:
                        lines.write(msgspec.json.encode(cloud_event(envelope)) + b"\n")
        except BrokenPipeError:
            # Whoever read has seen enough (`| head`); what is still buffered must not complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (EventsError, OSError) as error:
            raise CommandError(str(error)) from error


def _names(types: str | None) -> list[str] | None:
    """The names that are asked for, if any. A decision is a saga's own record and nobody else's business."""
    if types is None:
        return None
    public = {declared.name for declared in message_types() if declared.kind is not Kind.DECISION}
    wanted = [name.strip() for name in types.split(",") if name.strip()]
    if unknown := sorted(set(wanted) - public):
        raise CommandError(
            f"--types: there is no {', '.join(unknown)}. There are {', '.join(sorted(public))}."
        )
    return wanted


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    # Written beside and moved into place: nobody takes half an export for a whole one.
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
