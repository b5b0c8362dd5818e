"""How are rows shown that nobody writes by hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.paginator import InfinitePaginator

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin as ThemedAdmin

    class ModelAdmin(ThemedAdmin, Generic[M]):
        """The theme's, which does not know that it is about rows of one model."""


class ReadOnlyAdmin(ModelAdmin[M]):
    """A list and a page for each row; the rows are changed through commands only.

    Lists never count: tables are large, so there is a next page as long as this one is full. `page_template` and
    `page_context` make a page of the row's own; without them its fields are shown.
    """

    paginator = InfinitePaginator
    show_full_result_count = False
    list_disable_select_all = True
    list_per_page = 50
    actions = None
    page_template: str | None = None
    empty_value_display: ClassVar = "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

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


def parsed_id(text: str) -> UUID | None:
    """The id that somebody typed or a link names; None where it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
