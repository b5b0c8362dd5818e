"""Does what must always be true hold?"""

from collections.abc import Iterable

from django.db import connection, transaction

from events.invariants import Invariant, invariants


def offences(declared: Iterable[Invariant] | None = None) -> dict[str, list[str]]:
    """What offends the invariants that always hold, by the sentence that it refutes; empty where all is well.

    `declared` are those of one context, for a test of it alone; all otherwise.
    """
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for invariant in invariants() if declared is None else declared:
            if invariant.when == "always":
                cursor.execute(invariant.query)
                if rows := cursor.fetchall():
                    found[invariant.name] = [str(row[0]) for row in rows]
    return found


def offences_after(harm: str) -> dict[str, list[str]]:
    """What the statements of `harm` break.

    They are done past all triggers, as by somebody with the database's password, and then undone.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in harm.split(";"):
                cursor.execute(statement)
        found = offences()
        transaction.set_rollback(True)
    return found
