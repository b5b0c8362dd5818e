"""When does a failed message come back?"""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from events import Backoff
from events.attempts import Attempt, ProcessDied
from events.policies import Reject, TryLater
from events.registry import Handler

SECOND = timedelta(seconds=1)


class Dice(Random):
    """Rolls what it is told."""

    def __init__(self, roll: float) -> None:
        super().__init__()
        self.roll = roll

    def random(self) -> float:
        return self.roll


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (50, 10), (10**6, 10)]
)
def test_wait_doubles_with_each_attempt_up_to_the_cap(attempt, longest):
    backoff = Backoff(base=SECOND, cap=10 * SECOND)

    assert backoff.delay(attempt, Dice(1.0)) == longest * SECOND
    assert backoff.delay(attempt, Dice(0.0)) == timedelta(0)


def test_jitter_is_full():
    backoff, random = Backoff(base=SECOND, cap=10 * SECOND), Random(7)

    waits = [backoff.delay(3, random) / SECOND for _ in range(2000)]

    assert 0.0 <= min(waits) < 0.05
    assert 3.95 < max(waits) <= 4.0
    assert 1.9 < sum(waits) / len(waits) < 2.1


def test_steep_backoff_stays_at_its_cap():
    backoff = Backoff(base=timedelta(hours=1), factor=10.0, cap=timedelta(days=1))

    assert backoff.delay(30, Dice(1.0)) == timedelta(days=1)


def test_attempts_are_exhausted_with_the_last_one():
    backoff = Backoff(attempts=3)

    assert [backoff.is_exhausted(attempt) for attempt in (1, 2, 3, 4)] == [False, False, True, True]


def attempt(number: int, **kwargs: Any) -> Attempt:
    def run(envelope: object, outcome: object) -> None: ...

    envelope: Any = type("Envelope", (), dict.fromkeys(("name", "id", "correlation_id", "causation_id"), "x"))
    handler = Handler(name="tests.reader", messages=(), run=run, backoff=Backoff(attempts=3))
    return Attempt(delivery=1, handler=handler, envelope=envelope, number=number, **kwargs)


def test_failure_is_tried_again_until_the_attempts_are_exhausted():
    verdicts = [attempt(number).verdict(ValueError("no")) for number in (1, 2, 3)]

    assert [verdict.state for verdict in verdicts] == [0, 0, 2]
    assert {verdict.uncounted for verdict in verdicts} == {0}
    assert verdicts[0].error["message"] == "no"


def test_try_later_never_counts_and_never_kills():
    verdict = attempt(99).verdict(TryLater(5 * SECOND, "asleep"))

    assert (verdict.state, verdict.delay, verdict.uncounted) == (0, 5.0, 1)


@pytest.mark.parametrize("error", [Reject("never"), ProcessDied(3)])
def test_rejected_message_is_dead_at_once(error):
    assert attempt(1).verdict(error).state == 2


def test_error_is_kept_without_local_variables():
    def reads(secret: str) -> None:
        raise ValueError("unreadable")

    try:
        reads("hunter2")
    except ValueError as error:
        kept = attempt(1).verdict(error).error

    assert kept["type"] == "builtins.ValueError"
    assert any(line.endswith(" reads") for line in kept["traceback"])
    assert "hunter2" not in str(kept)


@pytest.mark.parametrize("text", ["before\x00after", "before\ud800after", "x" * 100_000])
def test_any_error_can_be_kept(text):
    """PostgreSQL keeps neither NUL nor half a surrogate pair."""
    kept = attempt(1).verdict(ValueError(text)).error["message"]

    assert "\x00" not in kept
    assert kept.encode()
    assert len(kept) <= 1000
