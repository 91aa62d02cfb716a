"""Loads what a decision needs: three plain statements for any number of logins, the same text on both databases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from headend.access.authorize import Facts, Halt
from headend.access.models import Credential
from headend.lib import clock, ids
from headend.system import engine, sealing
from headend.system.models import Organization

# Between the Accept of a voucher's first use and its session's Start, the device counts as connected for so long.
FIRST_USE_SECONDS: Final = 30

# Behind a name stands a subscription or a voucher, never both: what one of them lacks is null, and the other's counts.
# The present period is the latest that has begun, so that one which was paid ahead begins by itself.
_LOGINS: Final = """
SELECT c.organization_id, c.name_key, c.name, c.uid, c.secret_sealed, c.subscription_id, c.voucher_id,
       COALESCE(s.plan_name, v.plan_name), s.activated_at, s.ended_at, COALESCE(s.expires_at, v.expires_at),
       COALESCE(s.download_kbps, v.download_kbps), COALESCE(s.upload_kbps, v.upload_kbps),
       COALESCE(s.cap_bytes, v.cap_bytes), COALESCE(s.time_limit_seconds, v.time_limit_seconds),
       COALESCE(s.simultaneous_use, v.simultaneous_use), COALESCE(s.idle_timeout_seconds, v.idle_timeout_seconds),
       COALESCE(s.framed_address, ''), k.id, k.deleted_at, k.account_expires_on, g.id, COALESCE(g.name, ''),
       o.timezone, o.interim_seconds,
       COALESCE(p.upload_bytes + p.download_bytes, v.upload_bytes + v.download_bytes, 0),
       COALESCE(p.session_seconds, v.session_seconds, 0),
       v.valid_until, v.first_used_at, COALESCE(v.first_mac, ''), COALESCE(v.voided_at, h.voided_at),
       COALESCE(v.void_reason, ''), h.number, h.released_at, p.ends_at
FROM access_credential c
JOIN system_organization o ON o.id = c.organization_id
LEFT JOIN access_subscription s ON s.id = c.subscription_id
LEFT JOIN access_voucher v ON v.id = c.voucher_id
LEFT JOIN access_sheet h ON h.id = v.sheet_id
LEFT JOIN customers_customer k ON k.id = COALESCE(s.customer_id, v.customer_id)
LEFT JOIN customers_group g ON g.id = k.group_id
LEFT JOIN access_usageperiod p ON p.id = (
    SELECT q.id FROM access_usageperiod q WHERE q.subscription_id = s.id AND q.started_at <= %s
    ORDER BY q.started_at DESC LIMIT 1)
WHERE c.ended_at IS NULL AND {where}
"""

_HALTS: Final = """
SELECT 'customer', x.customer_id, x.kind, x.reason, x.started_at, x.ends_at, ''
FROM customers_suspension x WHERE x.lifted_at IS NULL AND x.customer_id {customers}
UNION ALL
SELECT 'group', x.group_id, x.kind, x.reason, x.started_at, x.ends_at, ''
FROM customers_suspension x WHERE x.lifted_at IS NULL AND x.group_id {groups}
UNION ALL
SELECT 'subscription', b.subscription_id, '', b.reason, b.started_at, NULL, ''
FROM access_block b WHERE b.lifted_at IS NULL AND b.subscription_id {subscriptions}
UNION ALL
SELECT 'voucher', b.voucher_id, '', b.reason, b.started_at, NULL, ''
FROM access_block b WHERE b.lifted_at IS NULL AND b.voucher_id {vouchers}
UNION ALL
SELECT 'device', d.customer_id, '', b.reason, b.started_at, NULL, d.mac
FROM access_block b JOIN access_device d ON d.id = b.device_id WHERE b.lifted_at IS NULL AND d.customer_id {customers}
"""

_LIVE: Final = """
SELECT 'subscription', subscription_id, nas_id, acct_session_id, mac, id FROM access_session
WHERE ended_at IS NULL AND subscription_id {subscriptions}
UNION ALL
SELECT 'voucher', voucher_id, nas_id, acct_session_id, mac, id FROM access_session
WHERE ended_at IS NULL AND voucher_id {vouchers}
"""

# Only where somebody has just begun a voucher: nearly never.
_BEGUN: Final = """
UNION ALL
SELECT 'ended', voucher_id, nas_id, acct_session_id, mac, id FROM access_session
WHERE ended_at IS NOT NULL AND voucher_id {begun}
"""

# What is decided about, by kind and id as an Event has its own: `("subscription", 7)`.
Subject = tuple[Literal["subscription", "voucher"], int]


class Row(NamedTuple):
    """One row of the first statement, in the order of its columns."""

    organization_id: int
    name_key: str
    name: str
    uid: Any
    secret_sealed: bytes
    subscription_id: int | None
    voucher_id: int | None
    plan_name: str
    activated_at: Any
    ended_at: Any
    expires_at: Any
    download_kbps: int | None
    upload_kbps: int | None
    cap_bytes: int | None
    time_limit_seconds: int | None
    simultaneous_use: int
    idle_timeout_seconds: int | None
    framed_address: str
    customer_id: int | None
    deleted_at: Any
    account_expires_on: Any
    group_id: int | None
    group_name: str
    zone: str
    interim_seconds: int
    used_bytes: int
    used_seconds: int
    valid_until: Any
    first_used_at: Any
    first_mac: str
    voided_at: Any
    void_reason: str
    sheet_number: int | None
    released_at: Any
    period_ends_at: Any

    @property
    def subject(self) -> Subject:
        return ("subscription", self.subscription_id or 0) if self.voucher_id is None else ("voucher", self.voucher_id)


class Live(NamedTuple):
    """One row of the third statement: a session that runs; or of the kind *ended*, of a voucher that was just begun."""

    kind: str
    subject_id: int
    nas_id: int
    acct_session_id: str
    mac: str
    id: int


Halts = dict[tuple[str, int], list[tuple[Halt, str]]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """One login as a NAS presents it. `mac` is 12 digits or empty.

    `plain_name` is the name without a realm of the organization's; empty where it has none.
    """

    organization_id: int
    name: str
    nas_id: int = 0
    mac: str = ""
    acct_session_id: str = ""
    plain_name: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may be meant, as it stands first: a username may hold an @ itself."""
        return (self.name, self.plain_name) if self.plain_name else (self.name,)


@dataclass(slots=True)
class Login:
    """The facts of a lookup, and what its password is checked against (still sealed).

    `replaces` are the live sessions that this one is the end of: an accepted device has one on its NAS.
    """

    facts: Facts
    uid: UUID | None = None
    secret_sealed: bytes = b""
    replaces: Sequence[int] = ()

    def open_secret(self) -> str:
        """The password in clear. Raises SealingError; asks for no database."""
        assert self.uid is not None, "an unknown name has no secret"
        return sealing.open_text(table="access_credential", column="secret", uid=self.uid, sealed=self.secret_sealed)


def load(lookups: Sequence[Lookup], now: datetime) -> list[Login]:
    """The facts of each lookup, in the same order: at most three statements however many there are.

    A voucher's code is known in every spelling; a name that is spelled exactly so comes first.
    """
    # The organization comes first in the index of names.
    organizations, organization_ids = engine.among("bigint", list({lookup.organization_id for lookup in lookups}))
    where = f"c.organization_id {organizations} AND c.name_key {{marks}}"
    keys = [[ids.login_keys(name) for name in lookup.names] for lookup in lookups]
    asked = [key for names in keys for of_name in names for key in of_name]
    rows = _logins(where, "text", asked, now, before=organization_ids)
    by_key = {(row.organization_id, row.name_key): row for row in rows}
    found = [_pick(by_key, lookup.organization_id, names) for lookup, names in zip(lookups, keys, strict=True)]
    halts = _halts([row for row in found if row is not None], now)
    live = _live([row for row in found if row is not None], now)
    decided_at = clock.held(now)
    logins = []
    for lookup, row in zip(lookups, found, strict=True):
        if row is None:
            logins.append(Login(Facts(now=now, name=lookup.name)))
            continue
        facts = _facts(row, halts, decided_at, lookup.mac)
        sessions = live[row.subject]
        facts.live_sessions = _count_live(sessions, lookup) if sessions else 0
        if row.first_used_at and _is_awaited(live, lookup, row, now):
            facts.live_sessions += 1
        replaces = _replaced(sessions, lookup) if sessions else ()
        logins.append(Login(facts, engine.read_uuid(row.uid), row.secret_sealed, replaces))
    return logins


def for_running(running: Iterable[tuple[Subject, str]], now: datetime) -> dict[tuple[Subject, str], Facts]:
    """The facts of sessions that run: by (subject, MAC), without the rules on password and devices at once.

    A subject that no name leads to any more is missing from the answer.
    """
    wanted = list(dict.fromkeys(running))
    of_subscriptions = [id_ for (kind, id_), _ in wanted if kind == "subscription"]
    found = _logins("c.subscription_id {marks}", "bigint", of_subscriptions, now)
    found += _logins("c.voucher_id {marks}", "bigint", [id_ for (kind, id_), _ in wanted if kind == "voucher"], now)
    rows = {row.subject: row for row in found}
    halts = _halts(found, now)
    decided_at = clock.held(now)
    return {(subject, mac): _facts(rows[subject], halts, decided_at, mac) for subject, mac in wanted if subject in rows}


def for_name(organization: Organization, name: str) -> Facts:
    """The facts of a name, for explaining: everything but the password."""
    plain_name = ids.without_realm(name, organization.realms.split())
    return load([Lookup(organization.pk, name, plain_name=plain_name)], clock.now())[0].facts


def for_credential(credential: Credential) -> Facts:
    """The facts of a credential, for explaining."""
    return load([Lookup(credential.organization_id, credential.name)], clock.now())[0].facts


def _logins(
    where: str, kind: engine.Kind, values: Sequence[Any], now: datetime, *, before: Sequence[Any] = ()
) -> list[Row]:
    """The rows of the first statement as of `now`; `before` are the parameters that stand in front of `values`."""
    if not values:
        return []
    marks, wanted = engine.among(kind, list(dict.fromkeys(values)))
    statement = _LOGINS.format(where=where.format(marks=marks))
    return [Row(*row) for row in engine.rows(statement, [engine.instant(now), *before, *wanted])]


def _pick(rows: dict[tuple[int, str], Row], organization_id: int, names: Sequence[Sequence[str]]) -> Row | None:
    """The row of the first name that has one, given by their keys: that which is spelled so, else the voucher whose code it is."""
    for keys in names:
        exact = rows.get((organization_id, keys[0]))
        if exact is not None:
            return exact
        coded = rows.get((organization_id, keys[1])) if len(keys) > 1 else None
        if coded is not None and coded.voucher_id is not None:
            return coded
    return None


def _halts(rows: list[Row], now: datetime) -> Halts:
    halts: Halts = defaultdict(list)
    if not rows:
        return halts
    customers, customer_ids = engine.among(
        "bigint", list({row.customer_id for row in rows if row.customer_id is not None})
    )
    groups, group_ids = engine.among("bigint", list({row.group_id for row in rows if row.group_id is not None}))
    subscriptions, subscription_ids, vouchers, voucher_ids = _subjects(rows)
    statement = _HALTS.format(customers=customers, groups=groups, subscriptions=subscriptions, vouchers=vouchers)
    for kind, id_, what, reason, since, ends_at, mac in engine.rows(
        statement, [*customer_ids, *group_ids, *subscription_ids, *voucher_ids, *customer_ids]
    ):
        until = engine.read_instant(ends_at)
        started_at = engine.read_instant(since)
        if started_at is not None and (until is None or until > now):
            halts[kind, id_].append((Halt(started_at, reason, what), mac))
    return halts


def _live(rows: list[Row], now: datetime) -> dict[tuple[str, int], list[Live]]:
    live: dict[tuple[str, int], list[Live]] = defaultdict(list)
    if rows:
        subscriptions, subscription_ids, vouchers, voucher_ids = _subjects(rows)
        statement = _LIVE.format(subscriptions=subscriptions, vouchers=vouchers)
        parameters = [*subscription_ids, *voucher_ids]
        just_begun = list({row.voucher_id for row in rows if row.first_used_at and _is_just_begun(row, now)})
        if just_begun:
            begun, begun_ids = engine.among("bigint", just_begun)
            statement, parameters = statement + _BEGUN.format(begun=begun), [*parameters, *begun_ids]
        for row in engine.rows(statement, parameters):
            session = Live(*row)
            live[session.kind, session.subject_id].append(session)
    return live


def _subjects(rows: list[Row]) -> tuple[str, list[Any], str, list[Any]]:
    """As `engine.among` gives them: the subscriptions of these rows, then the vouchers."""
    subscriptions = engine.among(
        "bigint", list({row.subscription_id for row in rows if row.subscription_id is not None})
    )
    return *subscriptions, *engine.among("bigint", list({row.voucher_id for row in rows if row.voucher_id is not None}))


def _facts(row: Row, halts: Halts, now: datetime, mac: str) -> Facts:
    nobody = 0
    customer, group = row.customer_id or nobody, row.group_id or nobody
    of_customer = [halt for halt, _ in halts.get(("customer", customer), ())]
    of_device = halts.get(("device", customer), ())
    expires_on = engine.read_day(row.account_expires_on)
    voided_at = engine.read_instant(row.voided_at)
    return Facts(
        now=now,
        name=row.name if row.voucher_id is None else ids.pretty_code(row.name),
        found=True,
        customer_id=row.customer_id,
        subscription_id=row.subscription_id,
        voucher_id=row.voucher_id,
        plan_name=row.plan_name,
        deleted_at=engine.read_instant(row.deleted_at),
        group_name=row.group_name,
        group_disabled=next((halt for halt, _ in halts.get(("group", group), ())), None),
        customer_disabled=next((halt for halt in of_customer if halt.kind == "disabled"), None),
        account_expires_at=clock.day_end(expires_on, row.zone) if expires_on else None,
        activated_at=engine.read_instant(row.activated_at),
        ended_at=engine.read_instant(row.ended_at),
        block=next((halt for halt, _ in halts.get(row.subject, ())), None),
        suspensions=[halt for halt in of_customer if halt.kind != "disabled"],
        expires_at=engine.read_instant(row.expires_at),
        period_ends_at=engine.read_instant(row.period_ends_at),
        void=Halt(voided_at, row.void_reason) if voided_at else None,
        sheet_number=row.sheet_number,
        sheet_held=row.sheet_number is not None and row.released_at is None,
        valid_until=engine.read_instant(row.valid_until),
        first_used_at=engine.read_instant(row.first_used_at),
        time_limit_seconds=row.time_limit_seconds,
        used_seconds=row.used_seconds,
        cap_bytes=row.cap_bytes,
        used_bytes=row.used_bytes,
        device_block=next((halt for halt, blocked in of_device if mac and blocked == mac), None),
        simultaneous_use=row.simultaneous_use,
        download_kbps=row.download_kbps,
        upload_kbps=row.upload_kbps,
        idle_timeout_seconds=row.idle_timeout_seconds,
        interim_seconds=row.interim_seconds,
        framed_address=row.framed_address,
    )


def _count_live(sessions: list[Live], lookup: Lookup) -> int:
    """How many devices take up room besides the one that asks. One without a MAC is known by its session alone."""
    devices = set()
    for session in sessions:
        if session.nas_id == lookup.nas_id and (
            (lookup.acct_session_id and session.acct_session_id == lookup.acct_session_id)
            or (lookup.mac and session.mac == lookup.mac)
        ):
            continue
        devices.add((session.nas_id, session.mac or session.id))
    return len(devices)


def _replaced(sessions: list[Live], lookup: Lookup) -> list[int]:
    """The sessions of the same device on the same NAS under another id. Without an id it may be the same one, asked for again."""
    if not (lookup.mac and lookup.acct_session_id):
        return []
    return [
        session.id
        for session in sessions
        if session.nas_id == lookup.nas_id
        and session.mac == lookup.mac
        and session.acct_session_id != lookup.acct_session_id
    ]


def _is_awaited(live: dict[tuple[str, int], list[Live]], lookup: Lookup, row: Row, now: datetime) -> bool:
    """Whether another device has just started the voucher's clock, and no session of it is reported yet.

    It has a place: of two devices that redeem one voucher at the same moment the second finds the room taken.
    """
    if not _is_just_begun(row, now) or row.first_mac == lookup.mac:
        return False
    reported = [*live[row.subject], *live["ended", row.voucher_id or 0]]
    return all(session.mac != row.first_mac for session in reported)


def _is_just_begun(row: Row, now: datetime) -> bool:
    first_used_at = engine.read_instant(row.first_used_at)
    return first_used_at is not None and now - first_used_at < timedelta(seconds=FIRST_USE_SECONDS)
