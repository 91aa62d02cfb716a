"""Copies what belongs to some customers, so many times: one INSERT ... SELECT a table, and each copy a customer of its own.

A row's copies have ids of their own in the order of the row's id: what came first has the lower id, as if all had lived together.
What would be the same in two customers (numbers, names, MACs, keys, receipts) is another one in each copy, and each copy's customers
lived everything a little earlier than those of the copy before, so that no instant is thousands of rows'.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from bench import patterns

# A table for the time of copying: number and text of each copy, what its customers are called, and a part of their MACs.
_COPY: Final = "CREATE TABLE bench_copy (c integer PRIMARY KEY, number text, word text, title text, nth text, mac text)"
# Every so many-th copy is a family of the commonest name, whose user names then need a number.
_COMMON_EVERY: Final = 20
# So many rows of a table are copied by one statement.
_AT_ONCE: Final = 400_000
# By so much each copy is earlier than the one before it: the last of 5,000 by forty minutes.
_APART_SECONDS: Final = 0.5
# First names, in which a pattern's copies differ.
_FIRST: Final = "CREATE TABLE bench_first (n integer PRIMARY KEY, word text)"
_FIRST_NAMES: Final = 3_600


@dataclass(slots=True)
class Space:
    """Where the copies of a table's rows go: behind `last`, the highest id of the rows that are copied."""

    model: Any
    table: str
    last: int


class Copier:
    """Copies everything of the patterns `count` times, in one transaction a table."""

    def __init__(self, count: int) -> None:
        from django.db import connection

        self._count = count
        self._postgresql = connection.vendor == "postgresql"
        self._spaces: dict[str, Space] = {}

    def run(self, *, by_hand: bool = True) -> None:
        """Everything. `by_hand` indexes are made anew at the end, which is much faster: not within a transaction, where PostgreSQL does
        not use an index of what was changed before it. The database must be the caller's alone.
        """
        for model in _models():
            table = model._meta.db_table
            self._spaces[table] = Space(model, table, _number(f"SELECT COALESCE(MAX(id), 0) FROM {table}"))
        self._name_copies()
        with self._without_indexes() if by_hand else nullcontext():
            for space in self._spaces.values():
                if space.table == "access_credential":
                    self._copy_credentials(space)
                else:
                    self._copy(space)
        self._finish()

    def _name_copies(self) -> None:
        _do("DROP TABLE IF EXISTS bench_copy")
        _do(_COPY)
        _do("DROP TABLE IF EXISTS bench_first")
        _do(_FIRST)
        _write_many("bench_first", ("n", "word"), [(n, patterns.word(n, 2)) for n in range(_FIRST_NAMES)])
        rows = []
        for c in range(1, self._count + 1):
            is_common = c % _COMMON_EVERY == 0
            word = patterns.SURNAME.lower() if is_common else patterns.word(c, 3)
            rows.append((c, str(c), word, word.title(), str(c // _COMMON_EVERY + 1) if is_common else "", f"{c:06x}"))
        _write_many("bench_copy", ("c", "number", "word", "title", "nth", "mac"), rows)

    def _copy(self, space: Space) -> None:
        columns = {field.column: self._value(space, field) for field in space.model._meta.local_concrete_fields}
        columns |= self._changes().get(space.table, {})
        # SQLite goes through the tables in this order by itself; PostgreSQL is asked to.
        ordered = "ORDER BY t.id, w.c" if self._postgresql else ""
        statement = (
            f"INSERT INTO {space.table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "
            f"FROM {space.table} t CROSS JOIN bench_copy w WHERE t.id > %s AND t.id <= %s {self._only(space)} {ordered}"
        )
        step = max(1, _AT_ONCE // self._count)
        for first in range(0, space.last, step):
            _do(statement, [first, min(first + step, space.last)])

    def _only(self, space: Space) -> str:
        """Only what is a customer's."""
        fields = {field.column: field for field in space.model._meta.local_concrete_fields}
        if space.table == "access_session" or space.table == "access_usageday":
            return "AND t.subscription_id IS NOT NULL"
        if space.table == "ledger_entry":
            return "AND t.kind IN ('payment', 'purchase')"
        return "AND t.customer_id IS NOT NULL" if "customer_id" in fields else ""

    def _value(self, space: Space, field: Any) -> str:
        if field.primary_key:
            return self._id("t.id", space.table)
        target = field.related_model._meta.db_table if field.is_relation else ""
        if target in self._spaces:
            return self._id(f"t.{field.column}", target)
        if field.get_internal_type() == "DateTimeField":
            return self._earlier(f"t.{field.column}")
        return f"t.{field.column}"

    def _earlier(self, column: str) -> str:
        """The instant at which the copy lived it."""
        if self._postgresql:
            return f"({column} - w.c * INTERVAL '{_APART_SECONDS} seconds')"
        # As Django writes instants: a whole second without its thousandths.
        moved = f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column}, '-' || (w.c * {_APART_SECONDS}) || ' seconds')"
        return f"replace({moved}, '.000', '')"

    def _first_name(self, customer: str) -> str:
        return f"(SELECT f.word FROM bench_first f WHERE f.n = ({customer} + w.c) %% {_FIRST_NAMES})"

    def _id(self, column: str, table: str) -> str:
        return f"({self._spaces[table].last} + {column} * {self._count} + w.c)"

    def _changes(self) -> dict[str, dict[str, str]]:
        """What differs from copy to copy, besides ids: the columns of each table as SQL of the row `t` and the copy `w`."""
        new_uuid = "gen_random_uuid()" if self._postgresql else "lower(hex(randomblob(16)))"
        surname = patterns.SURNAME.lower()
        number = f"CAST(CAST(t.account_number AS bigint) + w.c * {patterns.COUNT} AS text)"
        own_mail = "replace(t.{}, '@', w.number || '@')"
        mac = f"replace(t.mac, '{patterns.MAC_HEAD}', '02' || upper(w.mac))"
        name = f"(replace(t.user_name, '{surname}', w.word) || w.nth)"
        return {
            "customers_customer": {
                "uid": new_uuid,
                "account_number": number,
                "account_number_key": number,
                "first_name": self._capital(self._first_name("t.id")),
                "last_name": "w.title",
                "sort_key": f"replace(replace(t.sort_key, '{surname}', w.word), lower(t.first_name), {self._first_name('t.id')})",
                "phone": self._phone("t.phone"),
                "email": own_mail.format("email"),
                "email_key": own_mail.format("email_key"),
            },
            "access_device": {"mac": mac},
            "access_session": {
                "user_name": name,
                "name_key": name.replace("user_name", "name_key"),
                "acct_session_id": "t.acct_session_id || w.mac",
                "class_token": "t.class_token || w.mac",
                "mac": mac,
                "nas_id": self._nas(),
            },
            "billing_purchase": {"uid": new_uuid, "key": "t.key || '-' || w.number"},
            "billing_payment": {
                "uid": new_uuid,
                "key": "t.key || '-' || w.number",
                "receipt_code": "CASE WHEN t.receipt_code = '' THEN '' ELSE t.receipt_code || 'C' || w.number END",
                "phone": self._phone("t.phone"),
            },
            "ledger_entry": {
                "key": f"t.kind || ':' || CAST({self._subject('kind')} AS text)",
                "subject_id": self._subject("kind"),
                "debit_id": self._account("debit_id"),
                "credit_id": self._account("credit_id"),
            },
            "system_event": {
                "operation": new_uuid,
                "subject_id": self._subject("subject_kind"),
                "customer_id": self._id("t.customer_id", "customers_customer"),
                "unique_key": "t.unique_key || '-' || w.number",
            },
            "system_searchtext": {
                "customer_id": self._id("t.customer_id", "customers_customer"),
                "text": self._text(surname),
            },
        }

    def _phone(self, column: str) -> str:
        moved = f"'+' || CAST(CAST(substr({column}, 2) AS bigint) + w.c * {patterns.COUNT} AS text)"
        return f"CASE WHEN {column} = '' THEN '' ELSE {moved} END"

    def _nas(self) -> str:
        """The next routers: as many sessions on each."""
        first = _number("SELECT MIN(id) FROM network_nas")
        return f"((t.nas_id - {first} + w.c) %% {patterns.NASES} + {first})"

    def _account(self, column: str) -> str:
        """A customer's account is the copy's own; an organization's is one for all."""
        found = _rows("SELECT id FROM ledger_account WHERE customer_id IS NULL", [])
        shared = ", ".join(str(id_) for (id_,) in found)
        return (
            f"CASE WHEN t.{column} IN ({shared}) THEN t.{column} ELSE {self._id(f't.{column}', 'ledger_account')} END"
        )

    def _subject(self, kind: str) -> str:
        """The copy of what a row is about, which it names by a word and a plain number."""
        cases = [
            f"WHEN '{space.model._meta.model_name}' THEN {self._id('t.subject_id', space.table)}"
            for space in self._spaces.values()
        ]
        return f"CASE t.{kind} {' '.join(cases)} ELSE t.subject_id END"

    def _capital(self, word: str) -> str:
        return f"(upper(substr({word}, 1, 1)) || substr({word}, 2))"

    def _text(self, surname: str) -> str:
        """What a customer is found by, as the verbs write it of the pattern, with the copy's own words."""
        changes = {
            f"'{surname}'": "w.word || CASE WHEN t.source = 'credentials' THEN w.nth ELSE '' END",
            f"'{patterns.MAIL}'": f"w.number || '{patterns.MAIL}'",
            "'gmailcom'": "w.number || 'gmailcom'",
            f"'{patterns.MAC_HEAD}'": "'02' || w.mac",
            "(SELECT k.account_number FROM customers_customer k WHERE k.id = t.customer_id)": (
                "(SELECT CAST(CAST(k.account_number AS bigint) + w.c * "
                f"{patterns.COUNT} AS text) FROM customers_customer k WHERE k.id = t.customer_id)"
            ),
            "(SELECT substr(k.phone, 5) FROM customers_customer k WHERE k.id = t.customer_id)": (
                "(SELECT CAST(CAST(substr(k.phone, 5) AS bigint) + w.c * "
                f"{patterns.COUNT} AS text) FROM customers_customer k WHERE k.id = t.customer_id)"
            ),
        }
        text = "t.text"
        for old, new in changes.items():
            text = f"replace({text}, {old}, {new})"
        old = "(SELECT lower(k.first_name) FROM customers_customer k WHERE k.id = t.customer_id)"
        named = f"replace({text}, '  ' || {old} || '  ', '  ' || {self._first_name('t.customer_id')} || '  ')"
        return f"CASE WHEN t.source = 'customer' THEN {named} ELSE {text} END"

    def _copy_credentials(self, space: Space) -> None:
        """Made here and not in the database: each password is sealed for its own row."""
        from django.db import connection

        from headend.system import sealing

        subscriptions = self._spaces["access_subscription"].last
        names = [field.column for field in space.model._meta.local_concrete_fields]
        surname = patterns.SURNAME.lower()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(names)} FROM {space.table} WHERE subscription_id IS NOT NULL ORDER BY id"
            )
            known = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            cursor.execute("SELECT c, word, nth FROM bench_copy ORDER BY c")
            copies = cursor.fetchall()
        rows = []
        for row in known:
            for c, word, nth in copies:
                name = row["name"].replace(surname, word) + nth
                uid = uuid.uuid4()
                changed = {
                    "id": space.last + row["id"] * self._count + c,
                    "uid": uid if self._postgresql else uid.hex,
                    "name": name,
                    "name_key": name,
                    "subscription_id": subscriptions + row["subscription_id"] * self._count + c,
                    "secret_sealed": sealing.seal_text(
                        table=space.table, column="secret", uid=uid, text=patterns.password(name)
                    ),
                }
                rows.append(tuple({**row, **changed}.values()))
        _write_many(space.table, names, rows)

    def _finish(self) -> None:
        """Series and numbers go on behind what was copied, and the search knows everybody."""
        _do("UPDATE system_numbering SET last = last + %s WHERE series = 'account'", [self._count * patterns.COUNT])
        _do("DROP TABLE bench_copy")
        _do("DROP TABLE bench_first")
        if not self._postgresql:
            _do("DELETE FROM search_trigrams")
            _do("INSERT INTO search_trigrams (rowid, text) SELECT id, text FROM system_searchtext")
            return
        for table in self._spaces:
            _do(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")

    @contextmanager
    def _without_indexes(self) -> Iterator[None]:
        """Indexes, and on PostgreSQL keys, are made again afterwards, as they were: that takes a tenth of keeping them."""
        again = self._drop_of_postgresql() if self._postgresql else self._drop_of_sqlite()
        yield
        if self._postgresql:
            _do("SET maintenance_work_mem = '512MB'")
        for statement in again:
            _do(statement)

    def _drop_of_sqlite(self) -> list[str]:
        marks = ", ".join(["%s"] * len(self._spaces))
        rows = _rows(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks}) ORDER BY rowid",
            list(self._spaces),
        )
        for name, _ in rows:
            _do(f'DROP INDEX "{name}"')
        return [sql for _, sql in rows]

    def _drop_of_postgresql(self) -> list[str]:
        tables = [list(self._spaces)]
        keys = _rows(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('u', 'f') ORDER BY contype DESC, oid",
            tables,
        )
        for table, name, _ in keys:
            _do(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        indexes = _rows(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = ANY(%s) AND i.indexname NOT IN "
            "(SELECT conname FROM pg_constraint WHERE contype = 'p') ORDER BY i.indexname",
            tables,
        )
        for name, _ in indexes:
            _do(f'DROP INDEX "{name}"')
        made = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {what}' for table, name, what in keys]
        return [*(what for _, what in indexes), *made]


def _models() -> list[Any]:
    """What is copied, in an order in which each stands behind what it points to."""
    from headend.access.models import Credential, Device, Session, Subscription, UsageDay, UsagePeriod
    from headend.billing.models import Payment, Purchase
    from headend.customers.models import Customer, Suspension
    from headend.ledger.models import Account, Entry
    from headend.system.models import Event, SearchText

    return [
        Customer,
        Suspension,
        Subscription,
        Credential,
        Device,
        Session,
        UsagePeriod,
        UsageDay,
        Account,
        Purchase,
        Payment,
        Entry,
        Event,
        SearchText,
    ]


def _do(statement: str, parameters: list[Any] | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _number(statement: str) -> int:
    return int(_rows(statement, [])[0][0])


def _write_many(table: str, columns: Any, rows: list[tuple[Any, ...]]) -> None:
    """Inserts rows as fast as the database takes them."""
    from django.db import connection

    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", rows)
