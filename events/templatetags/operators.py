"""The words of `events.display`, for templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events import display
from events.models import Delivery, Message
from events.standing import Standing
from events.standing import standing as standing_of

register = template.Library()


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    return display.moment(at)


@register.filter
def identifier(id: object) -> SafeString | str:
    """An id in full, to be copied."""
    return display.identifier(id, short=False)


@register.filter
def short_id(id: object) -> SafeString | str:
    return display.identifier(id)


@register.filter
def breakable(name: object) -> SafeString:
    return display.breakable(name)


@register.filter
def message_link(message: Message) -> SafeString:
    return display.link(f"{message.name} {message.version}", "events_message", message.id)


@register.filter
def delivery_link(delivery: Delivery) -> SafeString:
    return display.link(f"Delivery {delivery.pk}", "events_delivery", delivery.pk)


@register.filter
def standing(delivery: Delivery) -> Standing:
    return standing_of(delivery)


@register.filter
def state(now: Standing | None) -> Any:
    """A standing as a badge and its cause."""
    if now is None:
        return ""
    shown = display.badge(now.word, now.tone)
    return format_html('{} <span class="op-because">{}</span>', shown, now.because) if now.because else shown


@register.filter
def key_kind(message: Message) -> SafeString:
    tones: dict[int, display.Tone] = {Message.Kind.EVENT: "good", Message.Kind.COMMAND: "wait"}
    return display.badge(message.get_kind_display(), tones.get(message.kind, "back"))
