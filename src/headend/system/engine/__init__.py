"""The only place that knows which database is used.

Every difference between SQLite and PostgreSQL is a function here: locking, claiming, upserts of partial indexes, search.
"""

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import local
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

# Lists of values are padded to these lengths, so that the database sees few different statements.
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
# So many prepared statements a connection are kept; what is asked less often is forgotten first.
_PREPARED_MOST: Final = 200

# See `find_by_index`. JIT would take the prices that switching off puts on plans for expensive queries.
_BY_INDEX: Final = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_sort=off -c jit=off"

# What a column of `table` holds.
Kind = Literal["bigint", "text", "boolean", "date", "timestamptz"]

# What must be so that an answer is given only for what outlives a power cut. PostgreSQL says it in words.
_DURABLE_POSTGRESQL: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# These wait for this server's own disk just as *on* does, and further for replicas or less for them.
_WAITS_FOR_DISK: Final = ("on", "local", "remote_write", "remote_apply")
# As SQLite says it: 2 is FULL, 3 is EXTRA.
_SYNCHRONOUS: Final = ("OFF", "NORMAL", "FULL", "EXTRA")


@dataclass(frozen=True, slots=True)
class Weakness:
    """A setting by which the database may lose what it has acknowledged, when the power fails."""

    setting: str
    value: str
    right: str


def weaknesses() -> list[Weakness]:
    """Why this database may forget what it has acknowledged; empty where it keeps its word. As this process sees it."""
    with connection.cursor() as cursor:
        if not is_postgresql():
            return _weaknesses_of_sqlite(cursor)
        found = []
        for setting, right in _DURABLE_POSTGRESQL.items():
            cursor.execute(f"SHOW {setting}")
            (value,) = cursor.fetchone()
            if value not in (_WAITS_FOR_DISK if setting == "synchronous_commit" else (right,)):
                found.append(Weakness(setting, value, right))
        return found


def is_full(error: BaseException | None) -> bool:
    """Whether a write failed because the disk, or the database itself, has no room left."""
    while error is not None:
        # SQLITE_FULL of SQLite; disk_full of PostgreSQL.
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or getattr(error, "sqlstate", "") == "53100":
            return True
        error = error.__cause__ or error.__context__
    return False


def free_bytes() -> int | None:
    """What is left on the disk on which SQLite's file lies; None on PostgreSQL, whose disk may be another machine's."""
    if is_postgresql():
        return None
    disk = os.statvfs(Path(connection.settings_dict["NAME"]).parent)
    return disk.f_bavail * disk.f_frsize


@cache
def is_postgresql() -> bool:
    """Whether this process works on PostgreSQL. It never changes, and each login asks a dozen times."""
    return connection.vendor == "postgresql"


def find_by_index() -> None:
    """Lets the connections that this process opens from now on find rows by index alone: for one whose every statement names keys.

    PostgreSQL keeps the plan of a prepared statement; one that was made while a table was small reads the whole of it for as
    long as nobody analyzes it, which is a minute in which the first thousand routers report.
    """
    if is_postgresql():
        connection.settings_dict["OPTIONS"]["options"] = _BY_INDEX


def lock_keys(keys: Iterable[str]) -> None:
    """Makes this transaction the only one that works on any of `keys` until it ends.

    PostgreSQL: advisory locks, taken in one order so that two transactions never wait for each other. SQLite: nothing,
    since a write transaction is alone there. Call it inside `atomic`, before reading what the keys stand for.
    """
    if not is_postgresql():
        return
    numbers = sorted(
        {int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True) for key in keys}
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) WITH ORDINALITY AS k(n, place) ORDER BY place",
            [numbers],
        )


def rows(statement: str, parameters: Sequence[Any], *, prepared: bool = True) -> list[tuple[Any, ...]]:
    """The rows of a plain statement with `%s` placeholders, the same text on both databases; what it changed where it has none.

    PostgreSQL: prepared once a connection, which saves the server the planning each further time. Not so where the right plan
    depends on how large a table has become since.
    """
    if is_postgresql():
        return _driver_rows(statement, parameters, prepared)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def among(kind: Kind, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """What stands behind a column that is one of `values` in a plain statement, and its parameters. Of none, nobody is.

    PostgreSQL: one array, so that the statement is the same however many there are, and the driver need not read it anew.
    SQLite: placeholders, padded to a few lengths; nobody has the id 0, and an empty list is no SQL.
    """
    if is_postgresql():
        return f"= ANY(%s::{kind}[])", [_array(values)]
    filled = list(values) or [0]
    size = next((size for size in _SIZES if size >= len(filled)), len(filled))
    filled += filled[-1:] * (size - len(filled))
    return f"IN ({', '.join(['%s'] * size)})", filled


def told(rows: QuerySet[Row], ids: Collection[int]) -> QuerySet[Row]:
    """Those of `rows` that have one of `ids`, which go as one value: Django takes longer to write ten thousand than they take to be found."""
    place = f"{rows.model._meta.db_table}.id"  # noqa: SLF001 - Django's documented way to a model's table
    if is_postgresql():
        where, given = f"{place} = ANY(%s::bigint[])", _array(list(ids))
    else:
        where, given = f"{place} IN (SELECT value FROM json_each(%s))", json.dumps(list(ids))  # noqa: S608 - the name is ours
    return rows.extra(where=[where], params=[given])  # noqa: S610 - the name is ours, and the ids are parameters


def table(kinds: Sequence[Kind], values: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """Rows as a table within a plain statement, and its parameters. Its columns are column1, column2 and so on.

    Instants are aware datetimes, days dates. PostgreSQL: one array a column, so that the statement is the same however many
    rows there are, and is prepared once.
    """
    if is_postgresql():
        names = ", ".join(f"column{number}" for number in range(1, len(kinds) + 1))
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        text = f"(SELECT * FROM unnest({arrays}) AS r({names}))"  # noqa: S608 - names and kinds are ours
        return text, [_array(column) for column in zip(*values, strict=True)]
    marks = f"({', '.join(['%s'] * len(kinds))})"
    written = [_written(kind, column) for kind, column in zip(kinds, zip(*values, strict=True), strict=True)]
    return f"(VALUES {', '.join([marks] * len(values))})", [
        value for row in zip(*written, strict=True) for value in row
    ]


def find_texts(
    organization_id: int, needles: Sequence[str], limit: int, among: QuerySet[Any] | None = None
) -> list[tuple[int, str]]:
    """(customer id, text) of `limit` search texts of an organization that contain every needle (3 characters or more each).

    Whichever are found first: putting all that match in order takes the longer, the more there are. With `among`, only of those customers.
    """
    only, own = _only(among)
    if is_postgresql():
        where = " AND ".join(["t.text LIKE %s"] * len(needles))
        parameters: list[Any] = [organization_id, *(f"%{_escape(needle)}%" for needle in needles), *own, limit]
        statement = f"SELECT t.customer_id, t.text FROM system_searchtext t WHERE t.organization_id = %s AND {where}{only} LIMIT %s"  # noqa: S608 - placeholders are put in, and what Django wrote
    else:
        match = " AND ".join('"' + needle.replace('"', '""') + '"' for needle in needles)
        parameters = [match, organization_id, *own, limit]
        # CROSS has SQLite begin with the trigrams; else it may ask them of each text of the organization.
        statement = (
            "SELECT t.customer_id, t.text FROM search_trigrams f CROSS JOIN system_searchtext t ON t.id = f.rowid "  # noqa: S608 - the same
            f"WHERE f.text MATCH %s AND t.organization_id = %s{only} LIMIT %s"
        )
    return [(int(row[0]), str(row[1])) for row in rows(statement, parameters)]


def index_texts(text_ids: Sequence[int]) -> None:
    """Brings the trigram index up to date with the given SearchText rows. PostgreSQL does it by itself."""
    if is_postgresql() or not text_ids:
        return
    marks = ", ".join(["%s"] * len(text_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM search_trigrams WHERE rowid IN ({marks})", text_ids)  # noqa: S608 - only placeholders are put in
        cursor.execute(
            f"INSERT INTO search_trigrams (rowid, text) SELECT id, text FROM system_searchtext WHERE id IN ({marks})",  # noqa: S608 - the same
            text_ids,
        )


def make_search_index(vendor: str) -> list[str]:
    """The statements that make the trigram index of `system_searchtext`, for the migration."""
    if vendor == "postgresql":
        return [
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            "CREATE INDEX search_text_trigrams ON system_searchtext USING gin (text gin_trgm_ops)",
        ]
    return ["CREATE VIRTUAL TABLE search_trigrams USING fts5(text, tokenize='trigram')"]


def leave_room(vendor: str, tables: Sequence[str]) -> list[str]:
    """The statements that make PostgreSQL keep a fifth of each page free in `tables`, whose rows change often, for a migration.

    A changed row that fits on its page needs no new entry in any index. SQLite writes a row where it stands.
    """
    return [f"ALTER TABLE {table} SET (fillfactor = 80)" for table in tables] if vendor == "postgresql" else []


def instant(value: datetime) -> Any:
    """An aware instant as a parameter of a plain statement."""
    return connection.ops.adapt_datetimefield_value(value)


def day(value: date) -> Any:
    """A date as a parameter of a plain statement."""
    return connection.ops.adapt_datefield_value(value)


def read_instant(value: Any) -> datetime | None:
    """An instant as a plain SELECT gives it: SQLite keeps no zone, and of an expression it gives the text. Both are UTC."""
    if value is None:
        return None
    read = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def read_day(value: Any) -> date | None:
    """A date as a plain SELECT gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def read_uuid(value: Any) -> UUID:
    """A UUID as a plain SELECT gives it: SQLite keeps its 32 digits."""
    return UUID(value) if isinstance(value, str) else value


def _weaknesses_of_sqlite(cursor: Any) -> list[Weakness]:
    cursor.execute("PRAGMA journal_mode")
    (journal_mode,) = cursor.fetchone()
    cursor.execute("PRAGMA synchronous")
    (level,) = cursor.fetchone()
    found = []
    if journal_mode != "wal":
        found.append(Weakness("journal_mode", str(journal_mode), "wal"))
    if level < _SYNCHRONOUS.index("FULL"):
        found.append(Weakness("synchronous", _SYNCHRONOUS[level], "FULL"))
    return found


def _only(among: QuerySet[Any] | None) -> tuple[str, Sequence[Any]]:
    """A condition on `t.customer_id`, asked of each text that is found: as a list it would be all customers, on SQLite each time."""
    if among is None:
        return "", ()
    try:
        statement, parameters = among.order_by().values("id").query.sql_with_params()
    except EmptyResultSet:
        # Django sees by itself that nobody is among them.
        return " AND 1 = 0", ()
    return f" AND EXISTS (SELECT 1 FROM ({statement}) a WHERE a.id = t.customer_id)", parameters  # noqa: S608 - Django wrote it


def _written(kind: Kind, column: Sequence[Any]) -> Sequence[Any]:
    """A column as SQLite keeps it: instants in UTC and without a zone, which Django's own way takes ten times as long to write."""
    if kind == "timestamptz":
        # What comes together has the same instant more often than not.
        texts = {value: str(value.astimezone(UTC).replace(tzinfo=None)) for value in set(column) if value is not None}
        return [texts.get(value) for value in column]
    return [str(value) for value in column] if kind == "date" else column


def _array(values: Sequence[Any]) -> str:
    """An array as PostgreSQL reads it. Written here: the driver's own way takes four times as long."""
    return "{" + ",".join("NULL" if value is None else _element(value) for value in values) + "}"


def _element(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Own(local):
    """The cursor of this thread that is ours and not Django's."""

    cursor: Any = None


_own = _Own()


def _driver_rows(statement: str, parameters: Sequence[Any], prepared: bool) -> list[tuple[Any, ...]]:
    from psycopg.types.numeric import Int8

    connection.ensure_connection()
    cursor = _own.cursor
    if cursor is None or cursor.connection is not connection.connection:
        cursor = _own.cursor = _open_cursor(connection.connection)
    # The driver names the narrowest type that holds a number: the same statement would come in many types.
    typed = [Int8(value) if type(value) is int else value for value in parameters]
    with connection.wrap_database_errors:
        cursor.execute(statement, typed, prepare=prepared)
        return cursor.fetchall() if cursor.description else []


def _open_cursor(driver: Any) -> Any:
    """One for as long as the connection lasts: each new one would look its types up anew."""
    import psycopg
    from psycopg.types.datetime import TimestamptzLoader

    # Django switches it off, for its own cursor writes the values into the text: no two texts would be the same.
    driver.prepare_threshold, driver.prepared_max = 0, _PREPARED_MOST
    cursor = psycopg.Cursor(driver)
    # Django reads instants in Python, only to put its own name of UTC in; the driver's own way is compiled.
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    return cursor


def _escape(needle: str) -> str:
    return needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
