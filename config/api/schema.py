"""What does the OpenAPI document say of every operation? Its problems, its headers, and where it is strict."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny

from config.api.problems import MEDIA_TYPE
from events.problems import PROBLEM_TYPES

_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 255 visible ASCII characters, new for each new request. Asked again within 72 hours, the "
    "first answer is given again, with `Idempotent-Replayed: true`.",
)
_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag on which the decision rests; refused with 412 where it has changed.",
)


class Schema(AutoSchema):
    """Adds to each operation what all of its kind have in common."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_override_parameters(self) -> list[Any]:
        headers = []
        if self._is_obeyed_once():
            headers.append(_KEY)
            if "order_id" in self.path:
                headers.append(_IF_MATCH)
        return [*super().get_override_parameters(), *headers]

    def get_filter_backends(self) -> list[Any]:
        # Also for lists whose view answers by itself.
        return super().get_filter_backends() if self._is_list_view() else []

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(*args, **kwargs)
        by_status: dict[int, list[str]] = {}
        for code in self._problem_codes():
            by_status.setdefault(PROBLEM_TYPES[code].status, []).append(code)
        for status, codes in by_status.items():
            bodies[str(status)] = _problem_response(codes)
        return dict(sorted(bodies.items()))

    def _is_obeyed_once(self) -> bool:
        method = getattr(self.view, self.method.lower(), None)
        return bool(getattr(method, "is_obeyed_once", False))

    def _problem_codes(self) -> list[str]:
        codes = ["invalid_request", "not_acceptable", "too_many_requests", "internal_error", "unavailable"]
        if AllowAny not in self.view.permission_classes:
            codes += ["not_authenticated", "authentication_failed", "permission_denied"]
        if "{" in self.path:
            codes.append("not_found")
        if self.method == "POST":
            codes += ["body_too_large", "unsupported_media_type"]
        if self._is_obeyed_once():
            codes += ["idempotency_key_missing", "idempotency_key_reused", "request_in_progress", "conflict"]
            codes += ["invalid_transition", "stale"] if "order_id" in self.path else ["not_for_sale"]
        return codes


def _problem_response(codes: list[str]) -> dict[str, Any]:
    return {
        "description": " / ".join(PROBLEM_TYPES[code].title for code in codes),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def _example(code: str) -> dict[str, Any]:
    kind = PROBLEM_TYPES[code]
    id = "01936f0e-8a1c-7c3e-9f52-6a1d2b3c4d5e"
    allowed = {"allowed": ["cancel"]} if code == "invalid_transition" else {}
    where = {"pointer": "/lines/0/quantity", "code": "wrong_type", "detail": "This must be an integer."}
    return {
        "type": f"/api/problems#{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": where["detail"] if code == "invalid_request" else f"{kind.title}.",
        "instance": f"/api/v1/orders/{id}/confirm",
        "code": code,
        "retryable": kind.retryable,
        "errors": [where] if code == "invalid_request" else [],
        "correlation_id": id,
        "request_id": id,
        **allowed,
    }


def with_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook: what all problem responses refer to."""
    text, identifier = {"type": "string"}, {"type": ["string", "null"]}
    error = {
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {
                "type": ["string", "null"],
                "description": "A JSON pointer (RFC 6901) into the body.",
            },
            "parameter": text,
            "header": text,
            "code": text,
            "detail": text,
        },
    }
    properties = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "instance": text,
        "code": {"type": "string", "description": f"Stable. Of all operations: {', '.join(PROBLEM_TYPES)}."},
        "retryable": {"type": "boolean"},
        "errors": {"type": "array", "items": error},
        "correlation_id": identifier,
        "request_id": identifier,
        "allowed": {"type": "array", "items": text, "description": "Of invalid_transition: what is allowed."},
    }
    required = [name for name in properties if name != "allowed"]
    problem = {"type": "object", "description": "RFC 9457", "required": required, "properties": properties}
    result["components"]["schemas"]["Problem"] = problem
    result["components"]["examples"] = {code: {"value": _example(code)} for code in PROBLEM_TYPES}
    return result


class GuestScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular registers it
    target_class = "config.api.authentication.GuestAuthentication"
    name = "guest"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "`Guest <token>`, from /api/v1/guests; for one order."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": about}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular registers it
    target_class = "config.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular registers it
    target_class = "config.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "Django's session; unsafe methods send X-CSRFToken too."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": about}
