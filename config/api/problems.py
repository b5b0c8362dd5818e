"""How does an error become a problem document? The same one for DRF, for Django, and for what nobody expected."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.api.parsers import MOST_ERRORS, body_too_large, escaped
from events.errors import ConcurrencyConflict, Refusal
from events.problems import FieldError, Problem, invalid

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER = {"Retry-After": "1"}
# DRF's words where ours say more; others stay as they are.
_CODES = {
    "invalid": "invalid",
    "max_length": "too_long",
    "min_length": "too_short",
    "empty": "too_short",
    "max_value": "out_of_range",
    "min_value": "out_of_range",
    "not_a_list": "wrong_type",
    "not_a_dict": "wrong_type",
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook: whatever a view raised, as a problem."""
    request: Request = context["request"]
    problem = _as_problem(error)
    if problem.status_code >= 500:
        _log(error, problem)
    set_rollback()
    correlation = context.get("kwargs", {}).get("order_id")
    return Response(
        _document(problem, request._request, correlation),
        status=problem.status_code,
        headers=problem.headers,
        content_type=MEDIA_TYPE,
    )


def _as_problem(error: Exception) -> Problem:
    return next((make(error) for kind, make in _PROBLEMS if isinstance(error, kind)), _UNEXPECTED)


def _of_framework(error: exceptions.APIException) -> Problem:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    match error:
        case exceptions.NotAuthenticated():
            code = "not_authenticated"
        case exceptions.AuthenticationFailed():
            code = "authentication_failed"
        case exceptions.PermissionDenied():
            code = "csrf_failed" if str(error.detail).startswith("CSRF") else "permission_denied"
        case exceptions.Throttled():
            code, headers["Retry-After"] = "too_many_requests", str(ceil(getattr(error, "wait", None) or 1))
        case _:
            code = _BY_STATUS.get(error.status_code, "invalid_request")
    return Problem(code, _told(error.detail), headers=headers)


def _of_fields(error: exceptions.ValidationError) -> Problem:
    found = _field_errors(error.detail, "")
    return invalid(*[each for each, _ in zip(found, range(MOST_ERRORS), strict=False)])


def _of_rule(refusal: Refusal) -> Problem:
    members = {"allowed": list(refusal.allowed)} if hasattr(refusal, "allowed") else {}
    text = str(refusal)
    return Problem(refusal.code, f"{text[:1].upper()}{text[1:]}.", members=members)


_BY_STATUS = {
    401: "authentication_failed",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def _told(detail: Any) -> str:
    """Some libraries put a dictionary where a sentence belongs."""
    if isinstance(detail, dict):
        detail = detail.get("detail", next(iter(detail.values()), ""))
    return str(detail[0] if isinstance(detail, list) else detail)


def _field_errors(detail: Any, at: str) -> Iterator[FieldError]:
    """DRF's nested errors, flattened: each with the JSON pointer of what is wrong."""
    if isinstance(detail, dict):
        for name, below in detail.items():
            inside = at if name == "non_field_errors" else f"{at}/{escaped(str(name))}"
            yield from _field_errors(below, inside)
    elif isinstance(detail, list):
        for place, below in enumerate(detail):
            inside = f"{at}/{place}" if isinstance(below, dict | list) else at
            yield from _field_errors(below, inside)
    else:
        code = str(getattr(detail, "code", "invalid"))
        yield FieldError(_CODES.get(code, code), str(detail), at)


_UNEXPECTED = Problem("internal_error", "It was logged under the correlation id; try again later.")
_BUSY = Problem("conflict", "Others change it at the same time; try again.", headers=_RETRY_AFTER)
_AWAY = Problem("unavailable", "The database does not answer; try again.", headers=_RETRY_AFTER)

# The first one that fits.
_PROBLEMS: tuple[tuple[Any, Callable[[Any], Problem]], ...] = (
    (Problem, lambda error: error),
    (exceptions.ValidationError, _of_fields),
    (exceptions.APIException, _of_framework),
    (Http404, lambda error: Problem("not_found", "There is nothing at this address.")),
    (PermissionDenied, lambda error: Problem("permission_denied", "You are not allowed to do this.")),
    (Refusal, _of_rule),
    (ConcurrencyConflict, lambda error: _BUSY),
    ((OperationalError, InterfaceError), lambda error: _AWAY),
    (RequestDataTooBig, lambda error: body_too_large()),
    (
        (SuspiciousOperation, UnreadablePostError),
        lambda error: invalid(FieldError("malformed_request", "The request could not be read.")),
    ),
)


def _document(problem: Problem, request: HttpRequest, correlation: object = None) -> dict[str, Any]:
    request_id = getattr(request, "request_id", None)
    return {
        **problem.document(),
        "instance": request.path,
        "correlation_id": str(correlation) if correlation else request_id,
        "request_id": request_id,
    }


def _log(error: Exception, problem: Problem) -> None:
    # The traceback says where; local variables, which hold payloads, are never printed.
    logger.error(
        "A request failed.",
        exc_info=error,
        extra={"event": "request.failed", "code": problem.code, "error": type(error).__qualname__},
    )


# Django's hooks, for what goes wrong outside of DRF's views


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, _as_problem(exception)) or defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, _as_problem(exception)) or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, _as_problem(exception)) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    problem = _as_problem(error if isinstance(error, Exception) else RuntimeError())
    return _answer(request, problem) or defaults.server_error(request)


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    """None where a person looks at pages, not at the API."""
    if not request.path.startswith("/api/"):
        return None
    return JsonResponse(
        _document(problem, request),
        status=problem.status_code,
        headers=problem.headers,
        content_type=MEDIA_TYPE,
    )
