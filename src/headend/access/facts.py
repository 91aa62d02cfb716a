"""Loads what a decision needs: three plain statements for any number of logins, the same text on both databases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from headend.access.authorize import Facts, Halt
from headend.access.models import Credential
from headend.lib import clock, ids
from headend.system import engine, sealing
from headend.system.models import Organization

# Lists of parameters are padded to these lengths, so that the database sees few different statements.
_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
# A session of the same device on the same NAS that missed a report, and half of the next, is a lost one.
_SILENT_INTERIMS: Final = 1.5

_LOGINS: Final = """
SELECT c.organization_id, c.name_key, c.name, c.uid, c.secret_sealed, s.id, s.plan_name, s.activated_at, s.ended_at, s.expires_at,
       s.download_kbps, s.upload_kbps, s.cap_bytes, s.time_limit_seconds, s.simultaneous_use, s.idle_timeout_seconds,
       s.framed_address, k.id, k.deleted_at, k.account_expires_on, g.id, g.name, o.timezone, o.interim_seconds,
       COALESCE(p.upload_bytes + p.download_bytes, 0), COALESCE(p.session_seconds, 0)
FROM access_credential c
JOIN access_subscription s ON s.id = c.subscription_id
JOIN customers_customer k ON k.id = s.customer_id
JOIN customers_group g ON g.id = k.group_id
JOIN system_organization o ON o.id = c.organization_id
LEFT JOIN access_usageperiod p ON p.subscription_id = s.id AND p.started_at = s.period_started_at
WHERE c.ended_at IS NULL AND {where}
"""

_HALTS: Final = """
SELECT 'customer', x.customer_id, x.kind, x.reason, x.started_at, x.ends_at, ''
FROM customers_suspension x WHERE x.lifted_at IS NULL AND x.customer_id IN ({customers})
UNION ALL
SELECT 'group', x.group_id, x.kind, x.reason, x.started_at, x.ends_at, ''
FROM customers_suspension x WHERE x.lifted_at IS NULL AND x.group_id IN ({groups})
UNION ALL
SELECT 'subscription', b.subscription_id, '', b.reason, b.started_at, NULL, ''
FROM access_block b WHERE b.lifted_at IS NULL AND b.subscription_id IN ({subscriptions})
UNION ALL
SELECT 'device', d.customer_id, '', b.reason, b.started_at, NULL, d.mac
FROM access_block b JOIN access_device d ON d.id = b.device_id WHERE b.lifted_at IS NULL AND d.customer_id IN ({customers})
"""

_LIVE: Final = """
SELECT subscription_id, nas_id, acct_session_id, mac, updated_at FROM access_session
WHERE ended_at IS NULL AND subscription_id IN ({subscriptions})
"""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One login as a NAS presents it. `mac` is 12 digits or empty."""

    organization_id: int
    name: str
    nas_id: int = 0
    mac: str = ""
    acct_session_id: str = ""


@dataclass(slots=True)
class Login:
    """The facts of a lookup, and what its password is checked against (still sealed)."""

    facts: Facts
    uid: UUID | None = None
    secret_sealed: bytes = b""

    def open_secret(self) -> str:
        """The password in clear. Raises SealingError; asks for no database."""
        assert self.uid is not None, "an unknown name has no secret"
        return sealing.open_text(table="access_credential", column="secret", uid=self.uid, sealed=self.secret_sealed)


def load(lookups: Sequence[Lookup], now: datetime) -> list[Login]:
    """The facts of each lookup, in the same order: at most three statements however many there are."""
    keys = [(lookup.organization_id, ids.name_key(lookup.name)) for lookup in lookups]
    # The organization comes first in the index of names.
    organizations, organization_ids = _padded(list({organization_id for organization_id, _ in keys}))
    where = f"c.organization_id IN ({organizations}) AND c.name_key IN ({{marks}})"
    rows = _logins(where, [key for _, key in keys], organization_ids) if keys else []
    by_key = {(row[0], row[1]): row for row in rows}
    found = [by_key.get(key) for key in keys]
    halts = _halts([row for row in found if row is not None], now)
    live = _live([row for row in found if row is not None])
    logins = []
    for lookup, row in zip(lookups, found, strict=True):
        if row is None:
            logins.append(Login(Facts(now=now, name=lookup.name)))
            continue
        facts = _facts(row, halts, now, lookup.mac)
        facts.live_sessions = _count_live(live[row[5]], lookup, facts)
        logins.append(Login(facts, engine.read_uuid(row[3]), row[4]))
    return logins


def for_running(subscriptions: Iterable[tuple[int, str]], now: datetime) -> dict[tuple[int, str], Facts]:
    """The facts of sessions that run: by (subscription id, MAC), without the rules on password and devices at once.

    A subscription that no name leads to any more is missing from the answer.
    """
    wanted = list(dict.fromkeys(subscriptions))
    rows = {row[5]: row for row in _logins("s.id IN ({marks})", [subscription_id for subscription_id, _ in wanted])}
    halts = _halts(list(rows.values()), now)
    return {(id_, mac): _facts(rows[id_], halts, now, mac) for id_, mac in wanted if id_ in rows}


def for_name(organization: Organization, name: str) -> Facts:
    """The facts of a name, for explaining: everything but the password."""
    return load([Lookup(organization.pk, name)], clock.now())[0].facts


def for_credential(credential: Credential) -> Facts:
    """The facts of a credential, for explaining."""
    return load([Lookup(credential.organization_id, credential.name)], clock.now())[0].facts


def _logins(where: str, values: Sequence[Any], before: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of the first statement; `before` are the parameters that stand in front of `values`."""
    if not values:
        return []
    marks, padded = _padded(list(dict.fromkeys(values)))
    return engine.rows(_LOGINS.format(where=where.format(marks=marks)), [*before, *padded])


def _halts(rows: list[tuple[Any, ...]], now: datetime) -> dict[tuple[str, int], list[tuple[Halt, str]]]:
    halts: dict[tuple[str, int], list[tuple[Halt, str]]] = defaultdict(list)
    if not rows:
        return halts
    customers, customer_ids = _padded(list({row[17] for row in rows}))
    groups, group_ids = _padded(list({row[20] for row in rows}))
    subscriptions, subscription_ids = _padded(list({row[5] for row in rows}))
    statement = _HALTS.format(customers=customers, groups=groups, subscriptions=subscriptions)
    for kind, id_, what, reason, since, ends_at, mac in engine.rows(
        statement, [*customer_ids, *group_ids, *subscription_ids, *customer_ids]
    ):
        until = engine.read_instant(ends_at)
        started_at = engine.read_instant(since)
        if started_at is not None and (until is None or until > now):
            halts[kind, id_].append((Halt(started_at, reason, what), mac))
    return halts


def _live(rows: list[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    live: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    if rows:
        subscriptions, subscription_ids = _padded(list({row[5] for row in rows}))
        for row in engine.rows(_LIVE.format(subscriptions=subscriptions), subscription_ids):
            live[row[0]].append(row)
    return live


def _facts(
    row: tuple[Any, ...], halts: dict[tuple[str, int], list[tuple[Halt, str]]], now: datetime, mac: str
) -> Facts:
    customer_id, group_id, subscription_id, zone = row[17], row[20], row[5], row[22]
    of_customer = [halt for halt, _ in halts.get(("customer", customer_id), ())]
    expires_on = engine.read_day(row[19])
    return Facts(
        now=now,
        name=row[2],
        found=True,
        customer_id=customer_id,
        subscription_id=subscription_id,
        plan_name=row[6],
        deleted_at=engine.read_instant(row[18]),
        group_name=row[21],
        group_disabled=next((halt for halt, _ in halts.get(("group", group_id), ())), None),
        customer_disabled=next((halt for halt in of_customer if halt.kind == "disabled"), None),
        account_expires_at=clock.day_end(expires_on, zone) if expires_on else None,
        activated_at=engine.read_instant(row[7]),
        ended_at=engine.read_instant(row[8]),
        block=next((halt for halt, _ in halts.get(("subscription", subscription_id), ())), None),
        suspensions=[halt for halt in of_customer if halt.kind != "disabled"],
        expires_at=engine.read_instant(row[9]),
        time_limit_seconds=row[13],
        used_seconds=row[25],
        cap_bytes=row[12],
        used_bytes=row[24],
        device_block=next(
            (halt for halt, blocked in halts.get(("device", customer_id), ()) if mac and blocked == mac), None
        ),
        simultaneous_use=row[14],
        download_kbps=row[10],
        upload_kbps=row[11],
        idle_timeout_seconds=row[15],
        interim_seconds=row[23],
        framed_address=row[16],
    )


def _count_live(sessions: list[tuple[Any, ...]], lookup: Lookup, facts: Facts) -> int:
    """How many sessions take up room: not the one that asks again, nor a lost one of the same device."""
    silent_since = facts.now - timedelta(seconds=facts.interim_seconds * _SILENT_INTERIMS)
    count = 0
    for _, nas_id, acct_session_id, mac, updated_at in sessions:
        if nas_id == lookup.nas_id:
            if lookup.acct_session_id and acct_session_id == lookup.acct_session_id:
                continue
            seen_at = engine.read_instant(updated_at)
            if lookup.mac and mac == lookup.mac and seen_at is not None and seen_at < silent_since:
                continue
        count += 1
    return count


def _padded(values: list[Any]) -> tuple[str, list[Any]]:
    size = next((size for size in _SIZES if size >= len(values)), len(values))
    padded = values + values[-1:] * (size - len(values))
    return ", ".join(["%s"] * len(padded)), padded
