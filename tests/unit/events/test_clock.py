"""The database's time, carried on by this machine's own."""

from datetime import UTC, datetime, timedelta

import pytest

from events.clock import DatabaseClock

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)


class Ticks:
    """A monotonic clock that shows what it is told."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class InterruptedClock(DatabaseClock):
    """While it is asked whether its moment is still to be trusted, another thread sets a new one."""

    another: datetime | None = None

    @property
    def _TRUSTED_FOR(self) -> float:  # type: ignore[override]  # noqa: N802
        if self.another is not None:
            self.set(self.another)
        return 60.0


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    ticks = Ticks()
    monkeypatch.setattr("events.clock.time.monotonic", ticks)
    return ticks


def test_time_of_the_database_goes_on_between_two_reads(ticks):
    reads: list[datetime] = []

    def read() -> datetime:
        reads.append(NOON)
        return NOON

    now = DatabaseClock(read)
    assert now() == NOON
    ticks.at += 59

    assert now() == NOON + timedelta(seconds=59)
    assert len(reads) == 1


def test_time_is_read_anew_after_a_minute(ticks):
    answers = [NOON, NOON + timedelta(hours=1)]
    now = DatabaseClock(lambda: answers.pop(0))
    now()
    ticks.at += 61

    assert now() == NOON + timedelta(hours=1)


def test_time_that_another_thread_sets_meanwhile_is_not_added_up_twice(ticks):
    now = InterruptedClock(lambda: NOON)
    now()
    ticks.at += 50
    now.another = NOON + timedelta(seconds=50)

    assert now() == NOON + timedelta(seconds=50)


def test_time_is_utc(ticks):
    now = DatabaseClock(NOON.astimezone)

    assert now().tzinfo is UTC
