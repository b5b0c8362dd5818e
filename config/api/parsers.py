"""What is acceptable JSON? What has one meaning for every reader: no key twice, no NaN, no half characters."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from typing import IO, Any, NoReturn

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from events.problems import FieldError, Problem, invalid

LARGEST_BODY = 1_000_000
DEEPEST = 16
# A long list of errors helps nobody.
MOST_ERRORS = 100

# Control characters (C0, DEL, C1) end lines, mails and terminals; a lone surrogate is no character and no UTF-8.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """JSON objects in UTF-8, up to 1 MB. Whatever could be read in two ways is refused, with a pointer to it."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        _must_be_utf8(media_type or "")
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise body_too_large()
        document = _decoded(body)
        errors = [error for error, _ in zip(_troubles(document, "", 1), range(MOST_ERRORS), strict=False)]
        if errors:
            raise invalid(*errors)
        if not isinstance(document, dict):
            raise invalid(FieldError("wrong_type", "The body must be a JSON object.", ""))
        return document


def body_too_large() -> Problem:
    return Problem("body_too_large", f"The body may have at most {LARGEST_BODY} bytes.")


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.names = {name for name, times in Counter(name for name, _ in pairs).items() if times > 1}


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise invalid(
            FieldError("wrong_encoding", f"Byte {error.start} of the body is not UTF-8.", "")
        ) from error
    except RecursionError as error:
        raise invalid(_too_deep("")) from error
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        raise invalid(FieldError("malformed_json", detail, "")) from error
    except ValueError as error:
        # NaN, Infinity, 1e999, an integer of thousands of digits: numbers that no field can hold.
        raise invalid(
            FieldError("out_of_range", "The body holds a number that is out of range.", "")
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(text)
    return number


def _troubles(value: Any, at: str, depth: int) -> Iterator[FieldError]:
    if depth > DEEPEST:
        yield _too_deep(at)
    elif isinstance(value, str):
        yield from _text_troubles(value, at)
    elif isinstance(value, dict):
        yield from _object_troubles(value, at, depth)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _troubles(item, f"{at}/{place}", depth + 1)


def _object_troubles(value: dict[str, Any], at: str, depth: int) -> Iterator[FieldError]:
    repeated = value.names if isinstance(value, _Repeated) else ()
    for name, item in value.items():
        below = f"{at}/{escaped(name)}"
        if name in repeated:
            yield FieldError("duplicate_key", "This key stands more than once in its object.", below)
        yield from _text_troubles(name, below)
        yield from _troubles(item, below, depth + 1)


def _text_troubles(text: str, at: str) -> Iterator[FieldError]:
    if found := _FORBIDDEN.search(text):
        yield FieldError(
            "forbidden_character", f"The character U+{ord(found.group()):04X} is not allowed in a text.", at
        )


def _too_deep(at: str) -> FieldError:
    return FieldError("too_deep", f"The body may be nested {DEEPEST} levels deep.", at)


def escaped(name: str) -> str:
    """A key as it stands in a JSON pointer (RFC 6901), cut where it is long, without what cannot be written."""
    written = _FORBIDDEN.sub("\ufffd", name[:100])
    return written.replace("~", "~0").replace("/", "~1")


def _must_be_utf8(media_type: str) -> None:
    header = Message()
    header["content-type"] = media_type
    charset = header.get_content_charset("utf-8")
    if charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type, f"JSON is written in UTF-8, not in {charset[:40]}.")
