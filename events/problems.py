"""What does a client read when a request does not succeed? A problem (RFC 9457), under a code that stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rest_framework.exceptions import APIException


@dataclass(frozen=True, kw_only=True)
class ProblemType:
    """What all problems of one code have in common; a retryable one may succeed when it is asked again unchanged."""

    status: int
    title: str
    retryable: bool = False


PROBLEM_TYPES = {
    "invalid_request": ProblemType(status=400, title="The request is not valid"),
    "idempotency_key_missing": ProblemType(status=400, title="The header Idempotency-Key is missing"),
    "idempotency_key_invalid": ProblemType(status=400, title="The header Idempotency-Key is not valid"),
    "not_authenticated": ProblemType(status=401, title="Nobody is logged in"),
    "authentication_failed": ProblemType(status=401, title="The credentials are not valid"),
    "permission_denied": ProblemType(status=403, title="This is not allowed"),
    "csrf_failed": ProblemType(status=403, title="The CSRF token is missing or wrong"),
    "not_found": ProblemType(status=404, title="There is no such thing"),
    "method_not_allowed": ProblemType(status=405, title="The method is not supported here"),
    "not_acceptable": ProblemType(status=406, title="No acceptable representation exists"),
    "refused": ProblemType(status=409, title="A rule says no"),
    "invalid_transition": ProblemType(status=409, title="The state does not allow this"),
    "request_in_progress": ProblemType(status=409, title="The same request is still running", retryable=True),
    "conflict": ProblemType(status=409, title="Somebody else was faster", retryable=True),
    "stale": ProblemType(status=412, title="It has changed meanwhile"),
    "body_too_large": ProblemType(status=413, title="The body is too large"),
    "unsupported_media_type": ProblemType(status=415, title="The media type is not supported"),
    "idempotency_key_reused": ProblemType(status=422, title="The Idempotency-Key belongs to another request"),
    "not_for_sale": ProblemType(status=422, title="The catalogue does not offer this"),
    "too_many_requests": ProblemType(status=429, title="Too many requests", retryable=True),
    "internal_error": ProblemType(status=500, title="Something went wrong on our side", retryable=True),
    "unavailable": ProblemType(status=503, title="The service is not available right now", retryable=True),
}


class FieldError(NamedTuple):
    """One thing that is wrong with a request: at a JSON pointer into the body, in a parameter, or in a header."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None

    def document(self) -> dict[str, Any]:
        named = {"pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        where = {place: name for place, name in named.items() if name is not None}
        return {"pointer": None, **where, "code": self.code, "detail": self.detail}


class Problem(APIException):
    """Ends a request with a problem; `members` are its own fields, such as `allowed`.

    A code that is not in `PROBLEM_TYPES` (a rule of a context) takes status and title from `like`.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        like: str | None = None,
        errors: Iterable[FieldError] = (),
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.type = PROBLEM_TYPES.get(code) or PROBLEM_TYPES[like or "refused"]
        self.status_code = self.type.status
        self.code = code
        self.errors = tuple(errors)
        self.members = dict(members or {})
        self.headers = dict(headers or {})
        super().__init__(detail, code)

    def document(self) -> dict[str, Any]:
        """The members that do not depend on the request."""
        return {
            "type": f"/api/problems#{self.code}",
            "title": self.type.title,
            "status": self.status_code,
            "detail": str(self.detail),
            "code": self.code,
            "retryable": self.type.retryable,
            "errors": [error.document() for error in self.errors],
            **self.members,
        }


def invalid(*errors: FieldError) -> Problem:
    """What is wrong with a request, all at once."""
    places = len(errors)
    detail = errors[0].detail if places == 1 else f"{places} things are wrong with the request; see errors."
    return Problem("invalid_request", detail, errors=errors)
