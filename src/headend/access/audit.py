"""Checks of usage: what is kept beside sessions must equal their sum, and a session of somebody must be his."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from headend.access.models import Credential
from headend.lib import ids
from headend.lib.audits import Check
from headend.system import engine

_COLUMNS: Final = ("upload_bytes", "download_bytes", "session_seconds")
_HALF: Final = 2**32


def run() -> list[Check]:
    """The checks of usage counters and of sessions, over every organization."""
    return [check() for check in CHECKS]


def usage_days() -> Check:
    """Days of subscriptions."""
    statement = "Usage of each day adds up to the sessions of its subscription"
    return _check("usage_days", statement, _SUBSCRIPTIONS, "access_usageday")


def usage_periods() -> Check:
    """Periods of subscriptions."""
    statement = "Usage of each period adds up to the sessions of its subscription"
    return _check("usage_periods", statement, _SUBSCRIPTIONS, "access_usageperiod")


def usage_vouchers() -> Check:
    """What stands on vouchers themselves."""
    return _check("usage_vouchers", "Usage of each voucher equals its sessions", _VOUCHERS, "access_voucher")


def usage_voucher_days() -> Check:
    """Days of vouchers."""
    statement = "Usage of each day adds up to the sessions of its voucher"
    return _check("usage_voucher_days", statement, _VOUCHERS, "access_usageday")


def owned_sessions() -> Check:
    """Sessions of nobody, by the names that their routers gave."""
    known = _known_since()
    failures = []
    for session_id, organization_id, name, started_at, slug in engine.rows(_NOBODYS, []):
        exact, *coded = (known.get((organization_id, key)) for key in ids.login_keys(name))
        since = exact or next((one for one in coded if one and one[1]), None)
        began_at = engine.read_instant(started_at)
        if since is not None and began_at is not None and since[0] <= began_at:
            failures.append(f"session {session_id} ({slug}): {name!r} is a name of ours, and the session is nobody's")
    looked_at = engine.rows("SELECT COUNT(*) FROM access_session", [])[0][0]
    return Check("owned_sessions", "No session of a known name is nobody's", looked_at, failures)


CHECKS: Final = (usage_days, usage_periods, usage_vouchers, usage_voucher_days, owned_sessions)

# The last of each name: one that began before we knew the name is nobody's by right. Since when a realm is ours nobody
# knows: names behind one are left out.
_NOBODYS: Final = """
SELECT MAX(s.id), s.organization_id, s.user_name, MAX(s.started_at), o.slug FROM access_session s
JOIN system_organization o ON o.id = s.organization_id
WHERE s.subscription_id IS NULL AND s.voucher_id IS NULL
GROUP BY s.organization_id, s.user_name, o.slug ORDER BY MAX(s.id)
"""


def _known_since() -> dict[tuple[int, str], tuple[datetime, bool]]:
    """Since when each name leads to somebody, and whether that is a voucher: by organization and key."""
    names = Credential.objects.filter(ended_at__isnull=True)
    rows = names.values_list("organization_id", "name_key", "created_at", "voucher_id")
    return {(organization_id, key): (at, voucher is not None) for organization_id, key, at, voucher in rows.iterator()}


@dataclass(frozen=True, slots=True)
class _Counted:
    """Whose usage is compared: its word and table, the column that points to it, and what it is called by."""

    word: str
    table: str
    column: str
    label: str
    join: str = ""


_SUBSCRIPTIONS: Final = _Counted(
    "subscription",
    "access_subscription",
    "subscription_id",
    "'of ' || c.account_number",
    "JOIN customers_customer c ON c.id = x.customer_id",
)
_VOUCHERS: Final = _Counted("voucher", "access_voucher", "voucher_id", "x.code")


def _check(code: str, statement: str, counted: _Counted, kept: str) -> Check:
    """Compares what `kept` holds of each subscription or voucher with the sum of its sessions, in one statement."""
    key = "id" if kept == counted.table else counted.column
    differs = " OR ".join(_differs(column) for column in _COLUMNS)
    marked = ", ".join(f"{_pair('k', column)}, {_pair('s', column)}" for column in _COLUMNS)
    rows = engine.rows(
        f"""
SELECT x.id, {counted.label}, o.slug, {marked} FROM {counted.table} x {counted.join}
JOIN system_organization o ON o.id = x.organization_id
LEFT JOIN {_sums(kept, key)} k ON k.{key} = x.id
LEFT JOIN {_sums("access_session", counted.column)} s ON s.{counted.column} = x.id
WHERE {differs} ORDER BY x.id""",  # noqa: S608 - made of this file's own words
        [],
    )
    looked_at = engine.rows(f"SELECT COUNT(*) FROM {counted.table}", [])[0][0]  # noqa: S608 - the same
    failures = [f"{counted.word} {id_} ({label}, {slug}): {_difference(values)}" for id_, label, slug, *values in rows]
    return Check(code, statement, looked_at, failures)


def _sums(table: str, pointer: str) -> str:
    # In halves: the sum of a row that no router could have meant must not be too large for the database.
    sums = ", ".join(
        f"SUM({column} / {_HALF}) AS {column}_high, SUM({column} %% {_HALF}) AS {column}" for column in _COLUMNS
    )
    return f"(SELECT {pointer}, {sums} FROM {table} WHERE {pointer} IS NOT NULL GROUP BY {pointer})"  # noqa: S608 - the same


def _pair(of: str, column: str) -> str:
    return f"COALESCE({of}.{column}_high, 0), COALESCE({of}.{column}, 0)"


def _differs(column: str) -> str:
    high = f"(COALESCE(k.{column}_high, 0) - COALESCE(s.{column}_high, 0))"
    return f"{high} * {_HALF} + COALESCE(k.{column}, 0) - COALESCE(s.{column}, 0) <> 0"


def _difference(values: list[int]) -> str:
    names = ("upload", "download", "seconds")
    sums = [int(high) * _HALF + int(low) for high, low in zip(values[::2], values[1::2], strict=True)]
    return "; ".join(
        f"{name} is kept as {sums[2 * at]}, its sessions add up to {sums[2 * at + 1]}"
        for at, name in enumerate(names)
        if sums[2 * at] != sums[2 * at + 1]
    )
