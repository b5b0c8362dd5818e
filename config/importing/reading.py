"""What does the file say? Its rows as text, read once and in bounded memory."""

from __future__ import annotations

import csv
import hashlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from config.importing.errors import FileUnusable

# A line that goes on for longer than this is no line of an order export; it would have to be held in memory whole.
LONGEST_LINE = 1 << 20

Progress = Callable[[int], None]


class Export:
    """An open CSV file. Whatever makes its rows doubtful as a whole is a `FileUnusable`."""

    def __init__(
        self, file: BinaryIO, *, delimiter: str = ",", progress: Progress = lambda read: None
    ) -> None:
        self._file = file
        self._progress = progress
        self._digest = hashlib.sha256()
        # Strict: a quote in the wrong place is an error, not a part of the value.
        self._rows = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        self.header = self._header()

    @property
    def digest(self) -> str:
        """SHA-256 of what has been read so far."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the header that is not blank, and the line on which it begins."""
        while (row := self._next()) is not None:
            if row[1]:
                yield row

    def _header(self) -> list[str]:
        row = self._next()
        while row is not None and not row[1]:
            row = self._next()
        if row is None:
            raise FileUnusable("The file is empty. Export it again, with a header line.")
        return row[1]

    def _next(self) -> tuple[int, list[str]] | None:
        begins = self._rows.line_num + 1
        try:
            return begins, next(self._rows)
        except StopIteration:
            return None
        except csv.Error as error:
            raise FileUnusable(_explained(error, begins, self._rows.line_num), line=begins) from error

    def _lines(self) -> Iterator[str]:
        number = 0
        while line := self._file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise FileUnusable(
                    f"line {number} is longer than {LONGEST_LINE:,} bytes. "
                    f"Is this a CSV file with one row a line? Export it again.",
                    line=number,
                )
            self._digest.update(line)
            self._progress(len(line))
            yield _decoded(line.removeprefix(BOM_UTF8) if number == 1 else line, number)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Raises `FileUnusable` where the file cannot be read."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise FileUnusable(
            f"{path} cannot be read: {error.strerror}. Check the name and who may read it."
        ) from error


def _decoded(line: bytes, number: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise FileUnusable(
            f"line {number} is not UTF-8 (byte 0x{line[error.start]:02x} at its place {error.start + 1}). "
            f"Convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
            line=number,
        ) from error


def _explained(error: csv.Error, begins: int, ends: int) -> str:
    trouble = str(error)
    if "field limit" in trouble:
        advice = f"A field has more than {csv.field_size_limit():,} characters; is a quote not closed?"
    elif "unexpected end of data" in trouble:
        advice = "A quote that is opened there is never closed."
    elif "new-line character" in trouble:
        advice = "Lines must end with LF or CRLF, not with CR alone."
    else:
        advice = "Inside a quoted field a quote is written twice, and after it comes the delimiter."
    where = f"line {begins}" if ends <= begins else f"lines {begins} to {ends}"
    return (
        f"{where}: the CSV is broken ({trouble}). {advice} Correct it and start again; nothing was imported."
    )
