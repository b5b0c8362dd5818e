"""How does a mail go out? Through Django's mail API, which settings point to an SMTP server or to files."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.mail import EmailMessage

from notifications.errors import MailDeferred, MailRefused


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that is ready to go."""

    id: UUID
    to: str
    subject: str
    text: str


def post(mail: Mail) -> None:
    """Hand the mail to the mail server. Raises `MailRefused`, `MailDeferred`.

    Mail knows no idempotency key: a mail whose answer was lost is sent again, and may arrive twice. Both bear the same
    Message-ID, by which most mailboxes show them once.
    """
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    headers = {"Message-ID": f"<{mail.id}@{domain}>"}
    with _named_refusals():
        EmailMessage(mail.subject, mail.text, to=[mail.to], headers=headers).send()


@contextmanager
def _named_refusals() -> Iterator[None]:
    # All `from None`: what the server says may hold the address.
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        raise _refusal("recipient", codes[0]) from None
    except smtplib.SMTPDataError as error:
        raise _refusal("mail", error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailDeferred(f"the mail server cannot be used now ({type(error).__name__})") from None
    except ValueError:
        raise MailRefused("the address is none") from None


def _refusal(what: str, code: int) -> MailRefused | MailDeferred:
    if 500 <= code < 600:
        return MailRefused(f"the mail server refused the {what} for good ({code})")
    return MailDeferred(f"the mail server refused the {what} for now ({code})")
