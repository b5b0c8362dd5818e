"""What is a delivery doing, in an operator's words, and what holds it up?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from events.display import Tone, masked, relative, span
from events.models import Delivery
from events.registry import registry

State = Delivery.State


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A word for the badge, its tone, and the sentence that names the cause."""

    word: str
    tone: Tone
    because: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.because}" if self.because else self.word


def standing(delivery: Delivery, *, now: datetime | None = None) -> Standing:
    """Where the delivery stands; a state that this code does not know is named as it is stored."""
    now = now or timezone.now()
    if delivery.state == State.DONE:
        return Standing(word="done", tone="good", because=_duration(delivery))
    if delivery.state == State.DEAD:
        return Standing(word="dead letter", tone="bad", because=_error(delivery))
    if delivery.state != State.PENDING:
        return Standing(word=f"unknown state {delivery.state}", tone="bad")
    return _pending(delivery, now)


def worst(deliveries: Iterable[Delivery]) -> Standing | None:
    """The standing that somebody should look at first; None where nothing was to be delivered."""
    order: list[Tone] = ["bad", "retry", "wait", "back", "mute", "good"]
    all_of_them = [standing(delivery) for delivery in deliveries]
    return min(all_of_them, key=lambda one: order.index(one.tone), default=None)


def _pending(delivery: Delivery, now: datetime) -> Standing:
    if delivery.call_until and delivery.call_until > now:
        return Standing(
            word="calling", tone="wait", because=f"an answer from outside, {_by(delivery.call_until)}"
        )
    if delivery.token is not None:
        return Standing(word="claimed", tone="wait", because=f"attempt {delivery.attempts} is under way")
    if delivery.last_error:
        return Standing(word="retrying", tone="retry", because=_retry(delivery))
    if delivery.due_at > now:
        return Standing(word="timer", tone="mute", because=f"due {relative(delivery.due_at)}")
    waited = span((now - delivery.due_at).total_seconds())
    return Standing(
        word="queued", tone="wait", because=f"not yet claimed for {waited} in lane {delivery.lane}"
    )


def _by(at: datetime) -> str:
    return f"at the latest {relative(at)}"


def _retry(delivery: Delivery) -> str:
    handler = registry.handler(delivery.handler)
    of = f" of {handler.backoff.attempts}" if handler else ""
    return f"attempt {delivery.attempts + 1}{of} {relative(delivery.due_at)}, because of {_error(delivery)}"


def _error(delivery: Delivery) -> str:
    error = delivery.last_error or {}
    if not isinstance(error, dict):
        return masked(str(error))
    kind = str(error.get("type", "an unknown error")).rpartition(".")[2]
    said = masked(str(error.get("message", "")))
    return f"{kind}: {said}" if said else kind


def _duration(delivery: Delivery) -> str:
    if delivery.done_at is None or delivery.claimed_at is None:
        return ""
    return f"took {span((delivery.done_at - delivery.claimed_at).total_seconds())}"
