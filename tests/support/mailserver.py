"""A mail server that takes, defers and refuses, as a test wants it."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class MailServer:
    """Answers 250 to a recipient unless told otherwise; `replies` are given in turn, the last one for ever."""

    def __init__(self) -> None:
        self.replies: dict[str, list[str]] = {}
        self.asked: Counter[str] = Counter()
        self.mails: list[tuple[str, Message]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  # aiosmtpd names it
        self.asked[address] += 1
        replies = self.replies.get(address, ["250 OK"])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd names it
        self.mails += [(address, message_from_bytes(envelope.content)) for address in envelope.rcpt_tos]
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, str, int]]:
    """The server, its host and its port."""
    server = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    controller = Controller(server, hostname=host, port=port)
    controller.start()
    try:
        yield server, host, port
    finally:
        controller.stop()
