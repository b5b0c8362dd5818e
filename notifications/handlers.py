"""How do notifications obey? A mail is written, posted, and what became of it is told.

A mail cannot fail a saga: no step waits for it. What is refused for good is told as failed; what is not is tried again by
the policy, and after that stays a dead letter that an operator can replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.template.loader import render_to_string

from events import Backoff, calls, records, tell
from events.personal import personal_value, personal_values
from events.registry import Need
from events.unit import current_unit
from notifications.commands import SendMail
from notifications.domain import is_superseded
from notifications.errors import MailRefused
from notifications.events import NotificationFailed, NotificationSent
from notifications.gateways import Mail, post
from notifications.models import Notification
from notifications.projections import note
from notifications.queries import statuses_of_orders

_TIMEOUT = timedelta(seconds=60)
_PATIENT = Backoff(attempts=10, base=timedelta(seconds=2), cap=timedelta(minutes=30))


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mail; `is_news` unless it had been sent before."""

    status: Notification.Status
    reason: str = ""
    is_news: bool = True


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Whom to write to (None if erased), and how this and the order's other notifications stand."""

    recipient: Mapping[str, Any] | None
    others: frozenset[str]
    was_sent: bool


def _needs(command: SendMail) -> Iterable[Need]:
    return [(personal_values, command.contact), (statuses_of_orders, command.order_id)]


def _prepare(command: SendMail) -> Prepared:
    known = current_unit().value(statuses_of_orders, command.order_id)
    return Prepared(
        recipient=personal_value(command.contact),
        others=frozenset(template for id, (template, _) in known.items() if id != command.notification_id),
        was_sent=(command.template, Notification.Status.SENT) == known.get(command.notification_id),
    )


@calls(SendMail, outcome=Posting, timeout=_TIMEOUT, needs=_needs, prepare=_prepare)
def send_mail(command: SendMail, key: str, prepared: Prepared) -> Posting:
    """At least once: mail has no idempotency key. What was recorded as sent is not sent again."""
    if prepared.was_sent:
        return Posting(status=Notification.Status.SENT, is_news=False)
    if is_superseded(command.template, prepared.others):
        return Posting(status=Notification.Status.SUPERSEDED, reason="the order has moved on")
    address = (prepared.recipient or {}).get("email")
    if not prepared.recipient or not address:
        return Posting(status=Notification.Status.SUPPRESSED, reason="the address was erased")
    try:
        post(_mail(command, address, prepared.recipient))
    except MailRefused as refusal:
        return Posting(status=Notification.Status.FAILED, reason=str(refusal))
    return Posting(status=Notification.Status.SENT)


@records(SendMail, backoff=_PATIENT)
def mail_sent(command: SendMail, posting: Posting) -> None:
    if not posting.is_news:
        return
    cause = current_unit().cause
    assert cause is not None
    note(
        id=command.notification_id,
        order_id=command.order_id,
        template=command.template,
        cause=cause.causation_id or cause.id,
        status=posting.status,
        reason=posting.reason,
    )
    # A stream for each mail, not for each notification: a mail that repeats is told twice, as it was sent twice.
    stream = f"notifications.mail-{cause.id}"
    order_id, id, template = command.order_id, command.notification_id, command.template
    if posting.status is Notification.Status.SENT:
        tell(
            NotificationSent(order_id=order_id, notification_id=id, template=template),
            stream=stream,
            version=1,
        )
    elif posting.status is Notification.Status.FAILED:
        failed = NotificationFailed(
            order_id=order_id, notification_id=id, template=template, reason=posting.reason
        )
        tell(failed, stream=stream, version=1)


def _mail(command: SendMail, address: str, recipient: Mapping[str, Any]) -> Mail:
    words = {"number": command.number, "name": recipient.get("name", "")}
    subject = render_to_string(f"notifications/{command.template}_subject.txt", words)
    text = render_to_string(f"notifications/{command.template}.txt", words)
    return Mail(id=command.notification_id, to=address, subject=" ".join(subject.split()), text=text)
