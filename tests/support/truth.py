"""Does what must always be true hold?"""

from django.db import connection, transaction

from events.invariants import invariants


def offences() -> dict[str, list[str]]:
    """What offends the invariants that always hold, by the sentence that it refutes; empty where all is well."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for invariant in invariants():
            if invariant.when == "always":
                cursor.execute(invariant.query)
                if rows := cursor.fetchall():
                    found[invariant.name] = [str(row[0]) for row in rows]
    return found


def offences_after(harm: str) -> dict[str, list[str]]:
    """What the statements of `harm` break, done past all triggers by somebody with the database's password, then undone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in harm.split(";"):
                cursor.execute(statement)
        found = offences()
        transaction.set_rollback(True)
    return found
