"""What can go wrong with a whole import? Nothing has been done then.

ImportRefused
├── MapUnusable     the column map does not say where to find what an order needs
├── OptionUnusable  an option has a value that cannot be meant
└── FileUnusable    the file cannot be read as CSV; `line` says where

What is wrong with one row is no error: it is reported, and its order is left out.
"""

from __future__ import annotations


class ImportRefused(Exception):
    """Told to the operator as it is: what happened, and what to do next."""


class MapUnusable(ImportRefused):
    pass


class OptionUnusable(ImportRefused):
    pass


class FileUnusable(ImportRefused):
    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line
