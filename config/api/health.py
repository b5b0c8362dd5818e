"""Is it alive, and does it work? Only what can be proved now."""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse

# Six sweeps: by then a lane with due work has a holder, or nobody works.
NEGLECTED_AFTER = 30.0
_PATIENCE = 0.5

# The oldest delivery that is due in a lane nobody holds, and the oldest of all.
_LAG = """
WITH due AS (
  SELECT lane, min(due_at) AS since FROM events_delivery
   WHERE state = 0 AND due_at <= clock_timestamp() AND (call_until IS NULL OR call_until < clock_timestamp())
   GROUP BY lane)
SELECT COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(since)), 0)::float,
       COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(since) FILTER (
         WHERE NOT EXISTS (SELECT FROM events_lane WHERE number = lane AND lease_until > clock_timestamp()))), 0)::float
  FROM due
"""


class Red(Exception):
    """A check that failed; the text is for operators and names no secret."""


def healthz(request: HttpRequest) -> JsonResponse:
    """The web process answers. Nothing else is asked: restarting it would not cure a database."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 where orders cannot be taken or are not carried on. Without Redis they are, only more slowly: degraded."""
    checks: dict[str, Any] = {"database": _checked(_lag)}
    if checks["database"]["status"] == "ok":
        checks["deliveries"] = _deliveries(checks["database"].pop("told"))
    checks["redis"] = _checked(_ping)
    if checks["redis"]["status"] == "red":
        checks["redis"]["status"] = "degraded"
    worst = max((check["status"] for check in checks.values()), key=["ok", "degraded", "red"].index)
    return JsonResponse({"status": worst, "checks": checks}, status=503 if worst == "red" else 200)


def _checked(check: Any) -> dict[str, Any]:
    try:
        told = check()
    except Red as error:
        return {"status": "red", "detail": str(error)}
    return {"status": "ok", **({"told": told} if told is not None else {})}


def _lag() -> tuple[float, float]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LAG)
            oldest, neglected = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        raise Red(f"PostgreSQL does not answer: {type(error).__name__}") from error
    return oldest, neglected


def _deliveries(lag: tuple[float, float]) -> dict[str, Any]:
    oldest, neglected = lag
    told: dict[str, Any] = {"status": "ok", "oldest_due_seconds": round(oldest, 1)}
    if neglected > NEGLECTED_AFTER:
        detail = f"work has been due for {neglected:.0f} s and nobody takes it: start a worker and beat"
        told |= {"status": "red", "detail": detail}
    return told


def _ping() -> None:
    options = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **options) as client:
            client.ping()
    except redis.RedisError as error:
        raise Red(f"Redis does not answer: {type(error).__name__}") from error
