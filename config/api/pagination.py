"""How is a long list read? Page by page, each beginning behind the last row that was seen.

A cursor names that row, by what the list is sorted by and its id: a page costs the same wherever it lies, and what is
added meanwhile neither repeats nor hides a row.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Field, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from events.problems import FieldError, Problem, invalid

USUAL_LIMIT = 50
LARGEST_LIMIT = 200


class Place(NamedTuple):
    """The row at an end of a page, and in which direction to go on from it."""

    backwards: bool
    value: Any
    id: Any


class CursorPages(BasePagination):
    """Pages `{data, next, prev}` of a queryset in the order that the view's `ordering(request)` names.

    An ordering is one field and the unique field that decides between equals, either with a minus in front.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        limit = _limit(request)
        self._ordering = view.ordering(request)
        self._url = request.build_absolute_uri()
        place = self._place(queryset, request.query_params.get("cursor"))
        backwards = place is not None and place.backwards
        ordering = [_reversed(name) for name in self._ordering] if backwards else self._ordering
        beyond = queryset.filter(_behind(ordering, place)) if place else queryset
        try:
            rows = list(beyond.order_by(*ordering)[: limit + 1])
        except (DataError, UnicodeEncodeError) as error:
            # Of the right type, and still nothing that a column could hold.
            raise _foreign_cursor() from error
        there_is_more, page = len(rows) > limit, rows[:limit]
        self._page = page[::-1] if backwards else page
        self._has_next = backwards or there_is_more
        self._has_prev = there_is_more if backwards else place is not None
        return self._page

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "data": data,
                "next": self._link(backwards=False) if self._has_next and self._page else None,
                "prev": self._link(backwards=True) if self._has_prev and self._page else None,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link: dict[str, Any] = {"type": ["string", "null"], "format": "uri"}
        to_next = {**link, "example": "https://shop.example/api/v1/orders?cursor=WzAsI…"}
        return {
            "type": "object",
            "required": ["data", "next", "prev"],
            "properties": {"data": schema, "next": to_next, "prev": {**link, "example": None}},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": USUAL_LIMIT}
        sort = {"type": "string", "enum": list(view.sorts), "default": view.sorts[0]}
        return [
            *(
                [{"name": "sort", "in": "query", "required": False, "schema": sort}]
                if len(view.sorts) > 1
                else []
            ),
            {"name": "limit", "in": "query", "required": False, "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "From `next` or `prev` of another page.",
            },
        ]

    def _link(self, *, backwards: bool) -> str:
        row = self._page[0 if backwards else -1]
        value, id = (getattr(row, name.lstrip("-")) for name in self._ordering)
        place = json.dumps([int(backwards), None if value is None else str(value), str(id)])
        cursor = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
        return replace_query_param(self._url, "cursor", cursor)

    def _place(self, queryset: QuerySet[Any], cursor: str | None) -> Place | None:
        if cursor is None:
            return None
        by, id = (_field(queryset, name) for name in self._ordering)
        try:
            backwards, value, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            return Place(bool(backwards), None if value is None else _clean(by, value), _clean(id, last))
        except (binascii.Error, ValueError, TypeError, ValidationError, RecursionError) as error:
            raise _foreign_cursor() from error


def _foreign_cursor() -> Problem:
    detail = "This cursor was not made for this list: take it from next or prev of another page."
    return _wrong("cursor", "invalid", detail)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= LARGEST_LIMIT):
        raise _wrong("limit", "out_of_range", f"The limit is a whole number from 1 to {LARGEST_LIMIT}.")
    return int(text)


def _wrong(parameter: str, code: str, detail: str) -> Problem:
    return invalid(FieldError(code, detail, parameter=parameter))


def _field(queryset: QuerySet[Any], name: str) -> Field[Any, Any]:
    field = queryset.model._meta.get_field(name.lstrip("-"))
    assert isinstance(field, Field), f"{name} is no column"
    return field


def _clean(field: Field[Any, Any], value: Any) -> Any:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    return field.to_python(value)


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _behind(ordering: list[str], place: Place) -> Q:
    """What follows the row; for PostgreSQL a null is larger than any value."""
    by, id = (name.lstrip("-") for name in ordering)
    descending = ordering[0].startswith("-")
    equal_and_later = Q(**{f"{id}__{'lt' if ordering[1].startswith('-') else 'gt'}": place.id})
    if place.value is None:
        later = Q(**{f"{by}__isnull": False}) if descending else Q(pk__in=[])
        return later | Q(**{f"{by}__isnull": True}) & equal_and_later
    beyond = Q(**{f"{by}__lt" if descending else f"{by}__gt": place.value})
    if not descending:
        beyond |= Q(**{f"{by}__isnull": True})
    return beyond | Q(**{by: place.value}) & equal_and_later
