"""What do all invariants say after somebody with the database's password has done harm?"""

from django.db import connection, transaction

from config.invariants import Verdict, verify


def verdict_after(harm: str) -> Verdict:
    """The verdict after the statements of `harm`, done past all triggers. Nobody undoes them: the test ends with them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in harm.split(";"):
            cursor.execute(statement)
    return verify()
