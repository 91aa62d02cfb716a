"""The rows of the test database: all removed, or what a slow fixture wrote, kept and written again."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, cast

from django.db import connection, transaction

from headend.lib import clock
from headend.system import engine

# Django fills them after its migrations, from the models; no test changes them.
KEPT: Final = frozenset({"auth_permission", "django_content_type", "django_migrations"})
# What is older is made anew, so that its instants are near the present, as a test expects of what was just made.
LASTING: Final = timedelta(seconds=60)

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class _Copy:
    """What was made: statements that write its rows, and what the maker returned."""

    made_at: datetime
    statements: list[str]
    thing: bytes


_copies: dict[str, _Copy] = {}


def copied(make: Callable[[], Thing]) -> Thing:
    """What `make` returns, with its rows in the empty database: made once a minute by `make` itself, else copied.

    Where rows stand already or the clock was set, `make` works as ever and nothing is kept.
    """
    name = f"{make.__module__}.{make.__qualname__}"
    with transaction.atomic():
        if filled() or abs(clock.now() - datetime.now(UTC)) > timedelta(seconds=1):
            return make()
        kept = _copies.get(name)
        if kept is not None and datetime.now(UTC) - kept.made_at < LASTING:
            _write(kept.statements)
            return cast("Thing", pickle.loads(kept.thing))
        made_at = datetime.now(UTC)
        thing = make()
        _copies[name] = _Copy(made_at, [_insert(table) for table in filled()], pickle.dumps(thing))
        return thing


def empty() -> None:
    """Removes every row, as Django's flush does; what Django itself filled stays as it is."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in filled():
            cursor.execute(f'DELETE FROM "{table}"')
        if not engine.is_postgresql():
            cursor.execute("DELETE FROM search_trigrams")


def everything() -> str:
    """All that every table holds, as text: to look for what must not be there."""
    return "\n".join(_insert(table) for table in filled())


def filled() -> list[str]:
    """The tables that hold rows."""
    looks = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in _tables())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return [table for (table,) in cursor.fetchall()]


def _tables() -> list[str]:
    return sorted(set(connection.introspection.django_table_names()) - KEPT)


def _insert(table: str) -> str:
    """One statement that writes the rows that `table` has now."""
    literal = "quote_nullable({}::text)" if engine.is_postgresql() else "quote({})"
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
        columns = [f'"{column.name if engine.is_postgresql() else column[0]}"' for column in cursor.description]
        row = " || ', ' || ".join(literal.format(column) for column in columns)
        cursor.execute(f"SELECT '(' || {row} || ')' FROM \"{table}\" ORDER BY 1")
        values = ",\n".join(row for (row,) in cursor.fetchall())
    return f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES {values}'


def _write(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        if engine.is_postgresql():
            cursor.execute(";\n".join(statements))
            return
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("INSERT INTO search_trigrams (rowid, text) SELECT id, text FROM system_searchtext")
