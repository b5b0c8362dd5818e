"""How does a dead letter get another chance?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from events import deliveries, wakeups

_AT_ONCE = 500


def replay(
    ids: Sequence[int], progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, int]:
    """Make these dead letters due again with all their attempts; rows that are no dead letters are left alone.

    Safe to repeat. Returns how many were asked for and how many were revived; whether they succeed now is told by
    their deliveries, not by this.
    """
    revived = 0
    for first in range(0, len(ids), _AT_ONCE):
        count, lanes = deliveries.revive(ids[first : first + _AT_ONCE])
        wakeups.wake_after_commit(lanes)
        revived += count
        progress(min(first + _AT_ONCE, len(ids)), len(ids))
    return {"asked": len(ids), "revived": revived}
