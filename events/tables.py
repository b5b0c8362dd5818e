"""Which rows does a flush write beside the log, in the same statement?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import msgspec
from django.db import connection, models

from events.aggregates import Aggregate

Row = dict[str, Any]


class Table(Protocol):
    """Rows that are handed to the flush as one JSON parameter `%(<name>)s` and written by its CTE."""

    @property
    def name(self) -> str: ...

    def cte(self) -> str:
        """One or more data-modifying CTEs, each name beginning with `name`."""
        ...

    def parameter(self, rows: Sequence[Row]) -> str:
        """The rows as JSON."""
        ...


class ModelTable:
    """Whole rows of a Django model, inserted or replaced by primary key; of several for one key the last one counts."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.name = model._meta.db_table

    def cte(self) -> str:
        return self._cte

    def parameter(self, rows: Sequence[Row]) -> str:
        key = self._key
        return msgspec.json.encode(list({row[key]: row for row in rows}.values())).decode()

    @property
    def _key(self) -> str:
        return str(self.model._meta.pk.column)

    @cached_property
    def _cte(self) -> str:
        fields = self.model._meta.concrete_fields
        columns = ", ".join(f'"{field.column}"' for field in fields)
        typed = ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)
        news = ", ".join(
            f'"{field.column}" = EXCLUDED."{field.column}"' for field in fields if not field.primary_key
        )
        return (
            f'{self.name} AS (INSERT INTO "{self.name}" ({columns}) '
            f"SELECT {columns} FROM json_to_recordset(%({self.name})s::json) AS r({typed}) "
            f'ON CONFLICT ("{self._key}") DO UPDATE SET {news})'
        )


@dataclass(frozen=True, kw_only=True)
class InlineProjection:
    """An aggregate's row for API and admin, written in the transaction of its events, never read to decide."""

    aggregate: type[Aggregate]
    table: ModelTable
    row: Callable[[Any], Row | None]


_projections: dict[type[Aggregate], InlineProjection] = {}


def projects(aggregate: type[Aggregate], *, into: type[models.Model]) -> Callable[[Any], Any]:
    """The function makes, from an aggregate, its row in `into`: all columns by name; None for no row."""

    def declare(function: Callable[[Any], Row | None]) -> Callable[[Any], Row | None]:
        _projections[aggregate] = InlineProjection(aggregate=aggregate, table=ModelTable(into), row=function)
        return function

    return declare


def projection_of(aggregate: type[Aggregate]) -> InlineProjection | None:
    return _projections.get(aggregate)


def inline_projections() -> list[InlineProjection]:
    return list(_projections.values())
