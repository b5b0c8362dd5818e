"""How does each test find the database as the migrations left it?

Django truncates every table after a test that commits, and fills permissions and lanes anew: most of a second. We
keep a copy of what was there at first, look which tables differ from it, and put those back: a few milliseconds.
"""

from django.db import connection, transaction


def keep() -> None:
    """Copies what the migrations have filled; called once, when the test database has been made."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS baseline")
        for table in _tables():
            cursor.execute(f'CREATE TABLE IF NOT EXISTS baseline."{table}" AS TABLE "{table}"')


def restore() -> None:
    """Puts back every table that a test has changed."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(_differs, _tables())))
        changed = [table for (table,) in cursor.fetchall()]
        if not changed:
            return
        with transaction.atomic():
            # Neither the log's guards, which refuse a DELETE, nor the order of foreign keys stand in the way.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in changed:
                cursor.execute(f'DELETE FROM "{table}"')
                cursor.execute(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE TABLE baseline."{table}"')


def is_possible() -> bool:
    """Only a superuser may switch the guards off; the embedded server's user is one."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        (answer,) = cursor.fetchone()
        return bool(answer == "on")


def _tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def _differs(table: str) -> str:
    now, then = f'SELECT t::text FROM "{table}" t', f'SELECT t::text FROM baseline."{table}" t'
    return f"SELECT '{table}' WHERE EXISTS (({now} EXCEPT ALL {then}) UNION ALL ({then} EXCEPT ALL {now}))"
