"""Which addresses can mean anything? None with a NUL in it: PostgreSQL stores no such text, so nothing has that name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse


def without_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuses such a request with 400, in the API and the admin alike."""

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = chain([request.path], *request.GET.lists())
        if any("\0" in text for part in asked for text in ([part] if isinstance(part, str) else part)):
            raise SuspiciousOperation("a NUL in the address")
        return get_response(request)

    return middleware
