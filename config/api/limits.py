"""How much may a client send? Decided before it is stored: Django would write a body of any size to the disk first."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from config.api.parsers import body_too_large
from config.api.problems import MEDIA_TYPE
from events.ids import new_id

# What an operator's form may have; the API's own, lower limit is its parser's.
LARGEST = 2_500_000

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


class TooLarge(Exception):
    """The client has sent more than it may."""


class Gone(Exception):
    """The client has gone before it had sent everything: half a body must not be read as a whole one."""


def bounded(application: Application) -> Application:
    """The application, which is given no request with a larger body.

    A body without a stated length (chunked) is read first and then has one: DRF takes what has none for empty.
    """

    async def asgi(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        try:
            scope, receive = await _measured(scope, receive)
        except TooLarge:
            await _refuse(scope, send)
            return
        except Gone:
            return
        await application(scope, receive, send)

    return asgi


async def _measured(scope: Any, receive: Receive) -> tuple[Any, Receive]:
    stated = [value for name, value in scope["headers"] if name == b"content-length"]
    if stated:
        # The server hands over no more than was stated.
        if not stated[0].isdigit() or int(stated[0]) > LARGEST:
            raise TooLarge
        return scope, receive
    body = await _read(receive)
    if not body:
        return scope, _replay(body, receive)
    headers = [*scope["headers"], (b"content-length", str(len(body)).encode())]
    return {**scope, "headers": headers}, _replay(body, receive)


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


async def _refuse(scope: Any, send: Send) -> None:
    problem, request_id = body_too_large(), str(new_id())
    traced = {"instance": scope["path"], "correlation_id": request_id, "request_id": request_id}
    body = json.dumps({**problem.document(), **traced}).encode()
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "x-request-id": request_id}
    await send(
        {
            "type": "http.response.start",
            "status": problem.status_code,
            "headers": [
                (name.encode(), value.encode()) for name, value in {**headers, "connection": "close"}.items()
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
