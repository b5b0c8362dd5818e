"""How are rows shown that nobody writes by hand?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.paginator import InfinitePaginator

from events.display import NOTHING

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin[M]):
    """A list and a page for each row; the rows are changed through commands only.

    Lists never count: tables are large, so there is a next page as long as this one is full. `page_template` and
    `page_context` make a page of the row's own; without them its fields are shown.
    """

    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_disable_select_all = True
    list_per_page = 50
    actions: Any = None
    page_template: str | None = None
    # Fields with ids, each with an index, by which a row is found.
    found_by: tuple[str, ...] = ()
    empty_value_display: ClassVar = NOTHING

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """By id; what has no index is not searched."""
        if not search_term.strip() or not self.found_by:
            return queryset, False
        id = parsed_id(search_term)
        return (queryset.filter(_any_of(self.found_by, id)) if id else queryset.none()), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        named = {"title": str(self.opts.verbose_name_plural).capitalize()}
        try:
            return super().changelist_view(request, named | (extra_context or {}))
        except (ValueError, DataError):
            # A selection or a filter that nobody could have clicked.
            messages.error(request, "That selection cannot be read. Nothing was done; choose again.")
            return HttpResponseRedirect(request.path)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.visible(request, object_id)
        if self.page_template is None:
            return super().change_view(request, object_id, form_url, extra_context)
        context = {**self.context(request, row), **self.page_context(request, row), **(extra_context or {})}
        return TemplateResponse(request, self.page_template, context)

    def page_context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What the row's own page says beside its fields."""
        return {}

    def context(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """What every page about this row needs."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "row": row,
            "title": f"{str(self.opts.verbose_name).capitalize()} {row}",
        }

    def visible(self, request: HttpRequest, object_id: str) -> M:
        """The row, to somebody who may see it. Raises `PermissionDenied`, `Http404`."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = unquote(object_id)
        # PostgreSQL's text knows no NUL: nothing can be stored under it.
        row = None if "\0" in wanted else self.get_object(request, wanted)
        if row is None:
            raise Http404(f"there is no {self.opts.verbose_name} {object_id}")
        return row


def _any_of(fields: Iterable[str], id: UUID) -> Q:
    return reduce(or_, (Q(**{field: id}) for field in fields))


def parsed_id(text: str) -> UUID | None:
    """The id that somebody typed or a link names; None where it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
