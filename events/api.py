"""What do the APIs of all contexts share? Known parameters, versions, and commands that are obeyed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events.problems import FieldError, Problem, invalid

V = TypeVar("V", bound=APIView)
P = ParamSpec("P")


class View(APIView):
    """Takes the listed parameters only, each once: a misspelt filter would show everything."""

    parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _refuse_unknown_parameters(request, self.known_parameters(request))

    def known_parameters(self, request: Request) -> frozenset[str]:
        return self.parameters if request.method in {"GET", "HEAD"} else frozenset()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return super().finalize_response(request, response, *args, **kwargs)


class Listing(View, ListAPIView[Any]):
    """A list in pages. `sorts` names the fields that it can be sorted by (with a minus: descending), the usual one first.

    `unique` decides between equal rows. Filters are those of the `filterset_class`.
    """

    sorts: ClassVar[tuple[str, ...]]
    unique: ClassVar[str] = "id"
    filterset_class: ClassVar[Any] = None

    def known_parameters(self, request: Request) -> frozenset[str]:
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        sort = ("sort",) if len(self.sorts) > 1 else ()
        return frozenset({"limit", "cursor", *sort, *filters})

    def ordering(self, request: Request) -> list[str]:
        """The field that the client wants it sorted by, and the one that decides between equals."""
        wanted = request.query_params.get("sort", self.sorts[0])
        if wanted not in self.sorts:
            detail = f"It can be sorted by: {', '.join(self.sorts)}."
            raise invalid(FieldError("invalid_choice", detail, parameter="sort"))
        return [wanted, self.unique]


def once(
    method: Callable[Concatenate[V, Request, P], Response],
) -> Callable[Concatenate[V, Request, P], Response]:
    """Makes a view's method obey one Idempotency-Key once; how is the setting API_ONCE.

    What it did and what it answered are stored together, so it must not commit on its own; an answer that is an
    exception is not stored. The answer is kept for days: it holds no personal values.
    """

    @wraps(method)
    def obey(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        carry_out: Callable[[Request, Callable[[], Response]], Response] = import_string(settings.API_ONCE)
        return carry_out(request, lambda: method(view, request, *args, **kwargs))

    obey.is_obeyed_once = True  # type: ignore[attr-defined]  # read for the OpenAPI document
    return obey


def etag(version: int) -> str:
    """A strong validator: the version of the aggregate."""
    return f'"{version}"'


def require_version(request: Request, version: int) -> None:
    """Raises `Problem` where If-Match is sent and names other versions than this."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag(version) not in {tag.strip() for tag in wanted.split(",")}:
        current = etag(version)
        raise Problem(
            "stale",
            f"It is at version {version} now: read it again, then decide again.",
            headers={"ETag": current},
            members={"current": current},
        )


def not_found(what: str, id: UUID | str) -> Problem:
    """Also for what exists and belongs to somebody else: they must not be told apart."""
    return Problem("not_found", f"There is no {what} {id}.")


def _refuse_unknown_parameters(request: Request, known: frozenset[str]) -> None:
    errors = []
    for name, values in request.query_params.lists():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            detail = f"There is no such parameter here; there are: {listed}."
            errors.append(FieldError("unknown_parameter", detail, parameter=name[:100]))
        elif len(values) > 1:
            errors.append(FieldError("repeated", "This parameter may stand only once.", parameter=name))
    if errors:
        raise invalid(*errors)
