"""How is a request obeyed once, however often it arrives?

Its effect and its answer are stored in one transaction, under user, method, path and Idempotency-Key. Whoever asks again
gets the stored answer. Nobody can see a record that is not committed yet, so a lock on the same words tells that the
first one is still at work.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from config.models import ObeyedRequest
from events.problems import FieldError, Problem

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=72)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("ETag", "Location")


def once(request: Request, carry_out: Callable[[], Response]) -> Response:
    """The answer of `carry_out`, or the one that it gave to the same request before. See `events.api.once`."""
    scope: dict[str, Any] = {
        "user": str(request.user.pk),
        "method": request.method or "",
        "path": request.path,
        "key": _key(request),
    }
    fingerprint = _digest(json.dumps(request.data, sort_keys=True, separators=(",", ":")))
    with transaction.atomic():
        # Before the record is looked for: the one who held the lock has committed it by the time we get it.
        _lock(scope)
        before = ObeyedRequest.objects.filter(**scope, at__gt=Now() - KEPT).first()
        if before is not None:
            return _again(before, fingerprint)
        response = carry_out()
        _store(scope, fingerprint, response)
        return response


def forget_old_requests(at_most: int = 10_000) -> int:
    """Delete what is older than 72 hours, a batch at a time; returns how many were deleted."""
    old = ObeyedRequest.objects.filter(at__lte=Now() - KEPT).order_by("at").values("pk")[:at_most]
    return ObeyedRequest.objects.filter(pk__in=old).delete()[0]


def _key(request: Request) -> str:
    key = request.headers.get(HEADER)
    if key is None:
        detail = f"Send a new unique {HEADER} with each new request, and the same one when you ask again."
        error = FieldError("required", detail, header=HEADER)
        raise Problem("idempotency_key_missing", detail, errors=[error])
    if not _KEY.fullmatch(key):
        detail = f"{HEADER} has 1 to 255 visible ASCII characters, such as a UUID."
        error = FieldError("invalid", detail, header=HEADER)
        raise Problem("idempotency_key_invalid", detail, errors=[error])
    return key


def _lock(scope: dict[str, Any]) -> None:
    digest = hashlib.sha256("\0".join(scope.values()).encode()).digest()
    with connection.cursor() as cursor:
        number = int.from_bytes(digest[:8], signed=True)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise Problem(
            "request_in_progress",
            "The first request with this key is still at work; ask again for its answer.",
            headers={"Retry-After": "1"},
        )


def _again(before: ObeyedRequest, fingerprint: str) -> Response:
    if before.fingerprint != fingerprint:
        detail = f"This {HEADER} was used with another body; a new request needs a new key."
        raise Problem("idempotency_key_reused", detail, errors=[FieldError("reused", detail, header=HEADER)])
    headers = {**before.headers, "Idempotent-Replayed": "true"}
    return Response(json.loads(before.body), status=before.status, headers=headers)


def _store(scope: dict[str, Any], fingerprint: str, response: Response) -> None:
    answer = {
        "fingerprint": fingerprint,
        "status": response.status_code,
        "body": JSONRenderer().render(response.data).decode(),
        "headers": {name: response[name] for name in _KEPT_HEADERS if name in response},
        "at": Now(),
    }
    # Where there is one, it has expired.
    ObeyedRequest.objects.update_or_create(**scope, defaults=answer)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
