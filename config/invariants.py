"""Does everything hold that must? All invariants, in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from events.invariants import Invariant, When, invariants
from events.replayed import unfaithful_rows

SHOWN = 20
REPLAY = "Every row of a projection is what its events say."

_REST = """
SELECT count(*) FILTER (WHERE state = 0 AND token IS NOT NULL), count(*) FILTER (WHERE state = 0 AND token IS NULL AND due_at <= now()),
       count(*) FILTER (WHERE state = 0 AND token IS NULL AND due_at > now()), count(*) FILTER (WHERE state = 2)
  FROM events_delivery WHERE state <> 1
"""


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What is under way. At rest is what nobody works on and nothing is due for."""

    claimed: int
    due: int
    due_later: int
    dead_letters: int

    @property
    def at_rest(self) -> bool:
        return not (self.claimed or self.due)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of one invariant: how many offend it, and the first of their ids."""

    name: str
    when: When
    count: int = 0
    offending: tuple[str, ...] = ()
    error: str = ""

    @property
    def holds(self) -> bool:
        return not (self.count or self.error)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """All findings of one snapshot, and whether it was at rest."""

    rest: Rest
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """Those that do not hold and must: what holds only at rest does not count while something is under way."""
        return tuple(
            finding
            for finding in self.findings
            if not finding.holds and (finding.when == "always" or self.rest.at_rest or finding.error)
        )

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        findings = [
            {**asdict(one), "holds": one.holds, "broken": one in self.broken} for one in self.findings
        ]
        return {
            **asdict(self.rest),
            "at_rest": self.rest.at_rest,
            "holds": not self.broken,
            "invariants": findings,
        }


def verify() -> Verdict:
    """Look at all of them as they are at one moment, also while everything runs. Call it outside of a transaction."""
    declared = list(invariants())
    with _snapshot():
        with connection.cursor() as cursor:
            cursor.execute(_REST)
            claimed, due, due_later, dead = cursor.fetchone()
        rest = Rest(claimed=claimed, due=due, due_later=due_later, dead_letters=dead)
        return Verdict(rest=rest, findings=(*(_finding(one) for one in declared), _replayed()))


@contextmanager
def _snapshot() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The snapshot is taken by the first query after this.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _finding(invariant: Invariant) -> Finding:
    query = f"WITH offending(id) AS ({invariant.query}) SELECT count(*), (array_agg(id))[1:{SHOWN}] FROM offending"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query)
            count, offending = cursor.fetchone()
    except DatabaseError as error:
        # A query that cannot be answered proves nothing, and must not hide the other findings.
        return Finding(name=invariant.name, when=invariant.when, error=str(error).splitlines()[0])
    return Finding(name=invariant.name, when=invariant.when, count=count, offending=tuple(offending or ()))


def _replayed() -> Finding:
    offending, count = [], 0
    for stream in unfaithful_rows():
        count += 1
        offending += [stream] if count <= SHOWN else []
    return Finding(name=REPLAY, when="always", count=count, offending=tuple(offending))
