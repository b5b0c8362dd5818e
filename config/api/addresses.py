"""Which addresses can mean anything? None with a NUL in it: PostgreSQL stores no such text, so nothing has that name."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse


def without_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Finds nothing at such an address; such a filter of the admin is refused. The API names its parameters itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            raise Http404("a NUL in the address")
        if request.path.startswith("/admin/") and "%00" in request.META["QUERY_STRING"]:
            raise SuspiciousOperation("a NUL in a filter")
        return get_response(request)

    return middleware
