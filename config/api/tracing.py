"""Which request is this, and who asks? Known to every log line and to every command that it leads to."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from events.actors import actor_of
from events.execution import actor
from events.ids import new_id

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=~-]{1,128}")
# W3C Trace Context, version 00; all zeros name nothing.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_ids(get_response: GetResponse) -> GetResponse:
    """Takes X-Request-ID and traceparent over where they are well-formed, and echoes them; stands first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        told = request.headers.get("X-Request-ID", "")
        request_id = told if _REQUEST_ID.fullmatch(told) else str(new_id())
        request.request_id = request_id  # type: ignore[attr-defined]  # read by config.api.problems
        # For django-structlog, which reads the header: what came may be a line break and a forged log line.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        request.__dict__.pop("headers", None)
        response = get_response(request)
        response["X-Request-ID"] = request_id
        if _TRACEPARENT.fullmatch(trace := request.headers.get("traceparent", "")):
            response["traceparent"] = trace
        return response

    return middleware


def actors(get_response: GetResponse) -> GetResponse:
    """Commands are recorded as asked by the session's user; stands behind Django's authentication.

    Other credentials (tokens) are known in the views only: `config.api.authentication` sets the actor for them.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        outer = actor.set(actor_of(user) if user.is_authenticated else None)
        try:
            return get_response(request)
        finally:
            # The thread may serve somebody else next.
            actor.reset(outer)

    return middleware
