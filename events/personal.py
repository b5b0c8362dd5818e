"""Where are personal values kept? Beside the log, by id: erasing a person leaves the log as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from events.lookups import Lookup
from events.models import PersonalValue
from events.tables import ModelTable
from events.unit import current_unit

_table = ModelTable(PersonalValue)


def _fetch(ids: Collection[Any]) -> Mapping[Any, Any]:
    return {row.id: row.value for row in PersonalValue.objects.filter(id__in=ids)}


personal_values = Lookup("personal_values", _fetch)


def keep(id: UUID, value: dict[str, Any], *, person: UUID | None = None) -> None:
    """Keep `value` (say name, e-mail, address) under `id` with the unit of work; messages name the id only."""
    unit = current_unit()
    unit.write(_table, {"id": id, "person": person, "value": value})
    unit.put(personal_values, id, value)


def personal_value(id: UUID) -> dict[str, Any] | None:
    """What is kept under `id`, for a handler; None where it was erased."""
    value: dict[str, Any] | None = current_unit().value(personal_values, id)
    return value
