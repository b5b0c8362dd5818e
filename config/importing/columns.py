"""Which column of the file holds what?"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence

from config.importing.errors import FileUnusable, MapUnusable

REQUIRED = ("order", "sku", "quantity", "price")
OPTIONAL = ("customer", "name", "placed_at", "country")
_EXAMPLE = "order=InvoiceNo,sku=StockCode,quantity=Quantity,price=UnitPrice"

ColumnMap = Mapping[str, str]


def parse_map(text: str) -> ColumnMap:
    """Field → column, from `field=Column,…`; a pair with a comma in its column is put in quotes. Raises `MapUnusable`."""
    columns: dict[str, str] = {}
    for pair in next(csv.reader([text]), []):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not (field and equals and column):
            raise MapUnusable(f"--map: {pair!r} is no field=Column. Write it like {_EXAMPLE}.")
        if field not in REQUIRED + OPTIONAL:
            known = ", ".join(REQUIRED + OPTIONAL)
            raise MapUnusable(f"--map: there is no field {field!r}. The fields are {known}.")
        if field in columns:
            raise MapUnusable(
                f"--map: {field} is mapped twice, to {columns[field]!r} and {column!r}. Keep one."
            )
        columns[field] = column
    if missing := [field for field in REQUIRED if field not in columns]:
        raise MapUnusable(f"--map lacks {', '.join(missing)}. Write it like {_EXAMPLE}.")
    return columns


def locate(columns: ColumnMap, header: Sequence[str]) -> Mapping[str, int]:
    """Field → index in a row. Raises `FileUnusable` where the header lacks a column or has it twice."""
    names = [name.strip() for name in header]
    if missing := [column for column in columns.values() if column not in names]:
        raise FileUnusable(
            f"line 1: the header has no column {_listed(missing)}. It has {_listed(names)}. "
            f"Correct --map, or --delimiter if these are not the columns.",
            line=1,
        )
    counts = Counter(names)
    if doubled := [column for column in columns.values() if counts[column] > 1]:
        raise FileUnusable(
            f"line 1: the header has more than one column {_listed(doubled)}. Rename one in the file.", line=1
        )
    return {field: names.index(column) for field, column in columns.items()}


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:30])
    return f"{shown} and {len(names) - 30} more" if len(names) > 30 else shown
