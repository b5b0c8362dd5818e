"""How are lists filtered? By django-filter; what it refuses is named as the parameter that it is."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from events.problems import FieldError, invalid


class Filters(DjangoFilterBackend):  # type: ignore[misc]  # django-filter publishes no types
    """The view's `filterset_class`; that no other parameters are sent is seen to by `events.api.View`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        try:
            found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        except ValidationError as error:
            by_field: Any = error.detail
            raise invalid(
                *(
                    FieldError(detail.code or "invalid", str(detail), parameter=name)
                    for name, details in by_field.items()
                    for detail in details
                )
            ) from error
        return found
