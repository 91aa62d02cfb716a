"""Checks of usage: what is kept beside sessions must equal their sum."""

from dataclasses import dataclass
from typing import Final

from headend.lib.audits import Check
from headend.system import engine

_COLUMNS: Final = ("upload_bytes", "download_bytes", "session_seconds")


def run() -> list[Check]:
    """The checks of usage counters, over every organization."""
    return [
        _check(
            "usage_days",
            "Usage of each day adds up to the sessions of its subscription",
            _SUBSCRIPTIONS,
            "access_usageday",
        ),
        _check(
            "usage_periods",
            "Usage of each period adds up to the sessions of its subscription",
            _SUBSCRIPTIONS,
            "access_usageperiod",
        ),
        _check("usage_vouchers", "Usage of each voucher equals its sessions", _VOUCHERS, "access_voucher"),
        _check(
            "usage_voucher_days",
            "Usage of each day adds up to the sessions of its voucher",
            _VOUCHERS,
            "access_usageday",
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose usage is compared: its word and table, the column that points to it, and what it is called by."""

    word: str
    table: str
    column: str
    label: str
    join: str = ""


_SUBSCRIPTIONS: Final = _Owner(
    "subscription",
    "access_subscription",
    "subscription_id",
    "'of ' || c.account_number",
    "JOIN customers_customer c ON c.id = x.customer_id",
)
_VOUCHERS: Final = _Owner("voucher", "access_voucher", "voucher_id", "x.code")


def _check(code: str, statement: str, owner: _Owner, kept: str) -> Check:
    """Compares what `kept` holds of each owner with the sum of the owner's sessions, in one statement."""
    key = "id" if kept == owner.table else owner.column
    differs = " OR ".join(f"COALESCE(k.{column}, 0) <> COALESCE(s.{column}, 0)" for column in _COLUMNS)
    marked = ", ".join(f"COALESCE(k.{column}, 0), COALESCE(s.{column}, 0)" for column in _COLUMNS)
    rows = engine.rows(
        f"""
SELECT x.id, {owner.label}, o.slug, {marked} FROM {owner.table} x {owner.join}
JOIN system_organization o ON o.id = x.organization_id
LEFT JOIN {_sums(kept, key)} k ON k.{key} = x.id
LEFT JOIN {_sums("access_session", owner.column)} s ON s.{owner.column} = x.id
WHERE {differs} ORDER BY x.id""",  # noqa: S608 - made of this file's own words
        [],
    )
    looked_at = engine.rows(f"SELECT COUNT(*) FROM {owner.table}", [])[0][0]  # noqa: S608 - the same
    failures = [f"{owner.word} {id_} ({label}, {slug}): {_difference(values)}" for id_, label, slug, *values in rows]
    return Check(code, statement, looked_at, failures)


def _sums(table: str, owner: str) -> str:
    sums = ", ".join(f"SUM({column}) AS {column}" for column in _COLUMNS)
    return f"(SELECT {owner}, {sums} FROM {table} WHERE {owner} IS NOT NULL GROUP BY {owner})"  # noqa: S608 - the same


def _difference(values: list[int]) -> str:
    names = ("upload", "download", "seconds")
    return "; ".join(
        f"{name} is kept as {values[2 * at]}, its sessions add up to {values[2 * at + 1]}"
        for at, name in enumerate(names)
        if values[2 * at] != values[2 * at + 1]
    )
