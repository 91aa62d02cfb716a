"""What the database would know of a large provider: SQLite's statistics (`sqlite_stat1`), as `ANALYZE` would write them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.models import UniqueConstraint

# The rows of each table that grows, of a provider with 200,000 customers. Every other table has OTHERS.
ROWS: Final = {
    "customers_customer": 200_000,
    "customers_suspension": 2_000,
    "ledger_account": 200_000,
    "ledger_entry": 800_000,
    "ledger_accountday": 3_000,
    "access_credential": 200_000,
    "access_subscription": 200_000,
    "access_device": 200_000,
    "access_session": 1_000_000,
    "access_usageperiod": 200_000,
    "access_usageday": 6_000_000,
    "access_refusalcount": 20_000,
    "access_voucher": 200_000,
    "access_sheet": 4_000,
    "billing_payment": 400_000,
    "billing_purchase": 400_000,
    "billing_prompt": 100_000,
    "billing_callback": 100_000,
    "messaging_link": 100_000,
    "messaging_message": 400_000,
    "network_command": 50_000,
    "system_event": 600_000,
    "system_job": 50_000,
    "system_searchtext": 600_000,
}
OTHERS: Final = 50
# How many different values stand in a column; in every other as many as there are rows.
DIFFERENT: Final = {
    "organization_id": 1,
    "nas_id": 100,
    "site_id": 10,
    "group_id": 10,
    "plan_id": 8,
    "gateway_id": 1,
    "staff_id": 10,
    "taken_by_id": 10,
    "day": 60,
    "kind": 4,
    "state": 3,
    "reason": 5,
    "hour": 720,
    "network": 3,
    "lane": 4,
    "source": 3,
    "connection_type": 3,
    "customer_id": 200_000,
    "subscription_id": 200_000,
    "voucher_id": 200_000,
    "sheet_id": 4_000,
}
# Indexes of what is live or waits hold a few rows; these shares of their tables.
LIVE: Final = 0.02
# Of whom nobody is: a provider that sells packages only, and one that sells vouchers only.
NOBODY: Final = {"subscribers": {"voucher_id", "sheet_id"}, "guests": {"subscription_id", "site_id"}}


@contextmanager
def analyzed(kind: str) -> Iterator[None]:
    """Inside, SQLite plans as if it had analyzed the tables of a large provider of this kind."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", list(_statistics(kind)))
        cursor.execute("ANALYZE sqlite_schema")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_stat1")
            cursor.execute("ANALYZE sqlite_schema")


def _statistics(kind: str) -> Iterator[tuple[str, str, str]]:
    conditions = _conditions()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            rows = ROWS.get(table, OTHERS)
            cursor.execute(f'PRAGMA index_list("{table}")')
            for _, name, is_unique, _, is_partial in cursor.fetchall():
                cursor.execute(f'PRAGMA index_info("{name}")')
                columns = [column for _, _, column in cursor.fetchall()]
                held = _held(rows, conditions.get(name, ""), NOBODY[kind]) if is_partial else rows
                if held:
                    yield table, name, _stat(held, columns, NOBODY[kind], is_unique=bool(is_unique))


def _conditions() -> dict[str, str]:
    """The condition of each partial index, as text."""
    found = {}
    for model in apps.get_models():
        for one in [*model._meta.indexes, *model._meta.constraints]:
            found[one.name] = str(getattr(one, "condition", "") or "")
    return found


def _held(rows: int, condition: str, nobody: set[str]) -> int:
    """How many rows a partial index holds: none of what nobody has; a few where it is about what is open or waits."""
    if any(f"{column.removesuffix('_id')}__isnull', False" in condition for column in nobody):
        return 0
    is_of_all = condition.count("__isnull', False") and "True)" not in condition and "state" not in condition
    return rows if is_of_all or condition.startswith("(NOT") else max(1, int(rows * LIVE))


def _stat(rows: int, columns: list[str | None], nobody: set[str], *, is_unique: bool) -> str:
    """`1000 10 1`: how many rows, then how many of them share the first column's value, the first two, and so on."""
    numbers, different = [rows], 1
    for column in columns:
        # SQLite counts nulls as one value.
        different = min(rows, different * (1 if column in nobody else DIFFERENT.get(column or "", rows)))
        numbers.append(math.ceil(rows / different))
    if is_unique and not nobody.intersection(columns):
        numbers[-1] = 1
    return " ".join(map(str, numbers))


def models() -> list[Any]:
    """The tables of the product."""
    return [model for model in apps.get_models() if model.__module__.startswith("headend.")]


def keys(model: Any) -> list[Any]:
    """The foreign keys of a table."""
    return [field for field in model._meta.local_concrete_fields if field.is_relation]


def whole(model: Any) -> list[list[str]]:
    """The columns of each index and each unique rule that holds every row, in their order."""
    rules = [one for one in model._meta.constraints if isinstance(one, UniqueConstraint)]
    held = [one for one in [*model._meta.indexes, *rules] if one.condition is None]
    return [[name.lstrip("-") for name in one.fields] for one in held]


def is_key_or_null(model: Any, name: str) -> bool:
    """Whether a column points elsewhere, and may be null."""
    field = model._meta.get_field(name)
    return bool(field.is_relation and field.null)
