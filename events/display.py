"""How do a moment, an id and a state look to an operator?"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

Tone = Literal["good", "wait", "retry", "bad", "back", "mute"]
NOTHING = "–"  # noqa: RUF001 (a dash, as tables have it)

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_COUNTED = 60 * 86400.0
_MAIL = re.compile(r"[^\s@<>\"'(),;:]+@[\w.-]+")


def moment(at: datetime | None) -> SafeString | str:
    """A moment as its distance from now, with the exact one on hover."""
    if not at:
        return NOTHING
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), relative(at))


def relative(at: datetime) -> str:
    """`3 min ago`, `in 20 s`; the date where nobody counts the days any more."""
    seconds = (timezone.now() - at).total_seconds()
    if abs(seconds) > _COUNTED:
        return f"{at:%Y-%m-%d}"
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def span(seconds: float) -> str:
    """A length of time in its two largest units."""
    for index, (size, unit) in enumerate(_UNITS):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            smaller = _UNITS[index + 1] if index + 1 < len(_UNITS) else None
            more = f" {rest // smaller[0]:.0f} {smaller[1]}" if smaller and rest >= smaller[0] else ""
            return f"{whole:.0f} {unit}{more}"
    return f"{seconds * 1000:.0f} ms"


def exact(at: datetime) -> str:
    """The moment to the millisecond."""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC"


def identifier(id: object, *, short: bool = True) -> SafeString | str:
    """An id that can be copied; in short its last digits, which are the ones that differ."""
    if not id:
        return NOTHING
    shown = f"…{str(id)[-8:]}" if short and len(str(id)) > 12 else str(id)
    return format_html(
        '<span class="op-id"><code title="{0}">{1}</code>'
        '<button type="button" class="op-copy" data-copy="{0}" aria-label="Copy {0}" title="Copy"></button></span>',
        id,
        shown,
    )


def badge(text: object, tone: Tone) -> SafeString:
    """A state in words, coloured; the words alone say all."""
    return format_html('<span class="op-badge op-{}">{}</span>', tone, text)


def link(text: object, route: str, *args: object) -> SafeString:
    """A link to a page of the admin: `link("OrderPlaced", "events_message", message_id)`."""
    return format_html('<a class="op-link" href="{}">{}</a>', page(route, *args), breakable(text))


def breakable(name: object) -> SafeString:
    """A stored name that may go on in the next line after a dot or an underscore."""
    return mark_safe(re.sub(r"([._])", r"\1<wbr>", escape(name)))  # noqa: S308 (escaped right here)


def page(route: str, *args: object) -> str:
    """The address of a row's page, or of its list where no row is named."""
    kind = "change" if args else "changelist"
    return reverse(f"admin:{route}_{kind}", args=[quote(str(arg)) for arg in args])


def masked(text: str) -> str:
    """What others wrote, without the mail addresses that it may quote."""
    return _MAIL.sub("•••@•••", text)
