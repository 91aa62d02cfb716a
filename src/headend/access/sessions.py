"""Connections as their NASes report them: recorded once, however often and in whatever order a report comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from headend.access import devices, rules, usage
from headend.access.models import Session
from headend.access.rules import Code, Count, Known, Place, Report
from headend.lib import clock, ids, mac
from headend.lib.refused import Refused
from headend.network import commands
from headend.network.models import Command, CommandKind
from headend.system import engine, events, jobs
from headend.system.models import Organization, Staff

# Without a report for so many interim intervals a session is taken for lost.
SILENT_INTERVALS: Final = 3
REAPED_AT_ONCE: Final = 500

_COLUMNS: Final = (
    "id, nas_id, acct_session_id, user_name, subscription_id, voucher_id, customer_id, class_token, mac, framed_address, "
    "started_at, updated_at, ended_at, end_cause, upload_bytes, download_bytes, session_seconds, gigawords_seen, trail, "
    "start_print"
)
# One step into the index for each key, on both databases: a grouped MAX would walk the whole of it.
_NEWEST: Final = """
SELECT {columns} FROM access_session WHERE id IN (
    SELECT (SELECT x.id FROM access_session x
            WHERE x.nas_id = k.column1 AND x.acct_session_id = k.column2 AND x.user_name = k.column3
            ORDER BY x.id DESC LIMIT 1)
    FROM {keys} AS k)
"""
# What a report may change of a session, and what it is born with: columns and what they hold.
_CHANGES: Final[dict[str, engine.Kind]] = {
    "class_token": "text",
    "mac": "text",
    "framed_address": "text",
    "updated_at": "timestamptz",
    "ended_at": "timestamptz",
    "end_cause": "text",
    "upload_bytes": "bigint",
    "download_bytes": "bigint",
    "session_seconds": "bigint",
    "gigawords_seen": "boolean",
    "trail": "text",
    "start_print": "text",
}
_BIRTH: Final[dict[str, engine.Kind]] = {
    "organization_id": "bigint",
    "nas_id": "bigint",
    "subscription_id": "bigint",
    "voucher_id": "bigint",
    "customer_id": "bigint",
    "user_name": "text",
    "acct_session_id": "text",
    "started_at": "timestamptz",
}
_UPDATE: Final = "UPDATE access_session SET {changes} FROM {rows} AS r WHERE access_session.id = r.column1"
_INSERT: Final = "INSERT INTO access_session ({columns}) SELECT * FROM {rows} AS r"
_NAMED: Final = """
SELECT c.organization_id, c.name_key, c.subscription_id, c.voucher_id, COALESCE(s.customer_id, v.customer_id), 0
FROM access_credential c
LEFT JOIN access_subscription s ON s.id = c.subscription_id
LEFT JOIN access_voucher v ON v.id = c.voucher_id
WHERE c.organization_id IN ({organizations}) AND c.name_key IN ({keys}) AND c.ended_at IS NULL
"""
_TOLD: Final = """
SELECT s.organization_id, s.id, NULL, s.customer_id, CASE WHEN k.erased_at IS NULL THEN 0 ELSE 1 END
FROM access_subscription s JOIN customers_customer k ON k.id = s.customer_id WHERE s.id IN ({subscriptions})
UNION ALL
SELECT v.organization_id, NULL, v.id, v.customer_id, CASE WHEN k.erased_at IS NULL THEN 0 ELSE 1 END
FROM access_voucher v LEFT JOIN customers_customer k ON k.id = v.customer_id WHERE v.id IN ({vouchers})
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is: a subscription's or a voucher's, and so a customer's; of a name that is not ours, nobody's.

    `is_erased` of a customer who was deleted permanently, which a Class that still goes round can tell.
    """

    subscription_id: int | None = None
    voucher_id: int | None = None
    customer_id: int | None = None
    is_erased: int = 0


@dataclass(slots=True)
class Record:
    """A session while a batch works on it. `id` is None until it is written."""

    report: Report
    id: int | None
    owner: Owner
    class_token: str
    mac: str
    framed_address: str
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    end_cause: str
    count: Count
    start_print: str
    changed: bool = False

    @property
    def known(self) -> Known:
        return Known(
            self.class_token,
            self.updated_at,
            self.ended_at,
            self.end_cause,
            self.count.session_seconds,
            self.start_print,
        )


@dataclass(slots=True)
class Batch:
    """What one transaction works on: the newest session of each key, those it makes, and what they added."""

    newest: dict[tuple[int, str, str], Record]
    # By (organization id, name key); and by (organization id, subscription id, voucher id) as Class told it.
    by_name: dict[tuple[int, str], Owner]
    told: dict[tuple[int, int | None, int | None], Owner]
    touched: list[Record] = field(default_factory=list)
    moves: list[usage.Move] = field(default_factory=list)


def record(reports: Sequence[Report]) -> None:
    """Writes reports, their usage and what they crossed, in one transaction. A repeated report changes nothing.

    When it returns, the reports are on disk. It locks what it works on in the order of session keys.
    """
    if not reports:
        return
    now = clock.now()
    with transaction.atomic():
        keys = sorted({report.key for report in reports})
        engine.lock_keys(f"session:{nas_id}:{session_id}:{name}" for nas_id, session_id, name in keys)
        newest = _load(keys)
        batch = _batch(reports, newest)
        for report in reports:
            _take(batch, report, now)
        _write(batch.touched)
        usage.move(batch.moves)
        _remember_devices(batch, now)
        _have_erased(batch)


def close_of_nas(*, nas_id: int, at: datetime, cause: str) -> int:
    """Closes the sessions of a NAS that began before `at` (Accounting-On and -Off); counters stay. Returns how many.

    A late usage report still adds to a session that is closed so.
    """
    return Session.objects.filter(nas=nas_id, ended_at__isnull=True, started_at__lt=at).update(
        ended_at=at, end_cause=cause
    )


def reap() -> int:
    """Closes the sessions that their NAS has not reported for SILENT_INTERVALS, at their last report. Returns how many."""
    count = 0
    for organization_id, interim_seconds in Organization.objects.values_list("id", "interim_seconds"):
        silent_since = clock.now() - timedelta(seconds=interim_seconds * SILENT_INTERVALS)
        lost = Session.objects.filter(organization=organization_id, ended_at__isnull=True, updated_at__lt=silent_since)
        while found := list(lost.values_list("id", flat=True)[:REAPED_AT_ONCE]):
            still_lost = Session.objects.filter(id__in=found, ended_at__isnull=True, updated_at__lt=silent_since)
            count += still_lost.update(ended_at=F("updated_at"), end_cause=rules.LOST)
    return count


def close_replaced(*, session_ids: Iterable[int], at: datetime) -> int:
    """Closes sessions whose device came again on its NAS at `at`, at their last report: their Stop was lost, or is late.

    One that is reported all the same lives again. Returns how many were closed.
    """
    replaced = Session.objects.filter(pk__in=list(session_ids), ended_at__isnull=True, updated_at__lte=at)
    return replaced.update(ended_at=F("updated_at"), end_cause=rules.LOST)


def close_gone(*, session_id: int) -> None:
    """Closes a session that its NAS says it does not have, at its last report."""
    Session.objects.filter(pk=session_id, ended_at__isnull=True).update(ended_at=F("updated_at"), end_cause=rules.LOST)


def disconnect(*, session: Session, by: Staff | None, reason: str = "staff") -> Command:
    """Queues the Command that ends a session at its NAS. One that waits already is given back.

    Refuses `session_ended`.
    """
    if session.ended_at is not None:
        raise Refused(Code.SESSION_ENDED)
    with transaction.atomic():
        command = commands.queue(
            organization=session.organization,
            nas=session.nas,
            kind=CommandKind.DISCONNECT,
            session_id=session.pk,
            customer_id=session.customer_id,
            identification=identification(session),
            reason=reason,
        )
        events.record(
            organization=session.organization,
            kind="session.disconnect_asked",
            subject=session,
            by=by,
            payload={"nas": session.nas.name, "reason": reason},
            personal={"user_name": session.user_name},
            customer_id=session.customer_id,
        )
    return command


def identification(session: Session) -> dict[str, Any]:
    """What tells a NAS which session is meant (RFC 5176 section 3)."""
    return {
        "user_name": session.user_name,
        "acct_session_id": session.acct_session_id,
        "framed_address": session.framed_address,
        "nas_address": session.nas.address,
    }


def _load(keys: list[tuple[int, str, str]]) -> dict[tuple[int, str, str], Record]:
    text, parameters = engine.table(("bigint", "text", "text"), keys)
    # Of two indexes the wrong one is as good while the table is small: the plan of that day must not be kept.
    rows = engine.rows(_NEWEST.format(columns=_COLUMNS, keys=text), parameters, prepared=False)
    return {(row[1], row[2], row[3]): _record_of(row) for row in rows}


def _record_of(row: tuple[Any, ...]) -> Record:
    base_upload, base_download, trail = rules.read_trail(row[18])
    started_at, updated_at = engine.read_instant(row[10]), engine.read_instant(row[11])
    assert started_at is not None, "both columns are never null"
    assert updated_at is not None, "both columns are never null"
    return Record(
        report=_NO_REPORT,
        id=row[0],
        owner=Owner(row[4], row[5], row[6]),
        class_token=row[7],
        mac=row[8],
        framed_address=row[9],
        started_at=started_at,
        updated_at=updated_at,
        ended_at=engine.read_instant(row[12]),
        end_cause=row[13],
        count=Count(row[14], row[15], row[16], bool(row[17]), base_upload, base_download, trail),
        start_print=row[19],
    )


_NO_REPORT: Final = Report("interim", 0, 0, "UTC", "", "", datetime.min)  # noqa: DTZ901 - a placeholder that nothing reads


def _batch(reports: Sequence[Report], newest: dict[tuple[int, str, str], Record]) -> Batch:
    """What is known of the sessions of these reports, and of those that begin with them."""
    starting = [
        report
        for report in reports
        if report.key not in newest or newest[report.key].ended_at or report.kind == "start"
    ]
    told = _told(starting)
    return Batch(newest, _named([report for report in starting if _told_key(report) not in told]), told)


def _told(starting: Sequence[Report]) -> dict[tuple[int, int | None, int | None], Owner]:
    subscription_ids = {report.subscription_id for report in starting if report.subscription_id}
    voucher_ids = {report.voucher_id for report in starting if report.voucher_id}
    if not (subscription_ids or voucher_ids):
        return {}
    subscriptions, first = engine.padded(sorted(subscription_ids))
    vouchers, second = engine.padded(sorted(voucher_ids))
    rows = engine.rows(_TOLD.format(subscriptions=subscriptions, vouchers=vouchers), [*first, *second])
    return {(row[0], row[1], row[2]): Owner(*row[1:]) for row in rows}


def _told_key(report: Report) -> tuple[int, int | None, int | None]:
    return report.organization_id, report.subscription_id, report.voucher_id


def _named(starting: Sequence[Report]) -> dict[tuple[int, str], Owner]:
    keys = {key for report in starting for name in report.names for key in ids.login_keys(name)}
    if not keys:
        return {}
    organizations, first = engine.padded(sorted({report.organization_id for report in starting}))
    marks, second = engine.padded(sorted(keys))
    rows = engine.rows(_NAMED.format(organizations=organizations, keys=marks), [*first, *second])
    return {(row[0], row[1]): Owner(*row[2:]) for row in rows}


def _owner(batch: Batch, report: Report) -> Owner:
    """Whose session begins: our own token tells it best; a name may have been given to somebody else since."""
    told = batch.told.get(_told_key(report))
    if told is not None:
        return told
    for name in report.names:
        exact, *coded = (batch.by_name.get((report.organization_id, key)) for key in ids.login_keys(name))
        if exact is not None:
            return exact
        for owner in coded:
            if owner is not None and owner.voucher_id is not None:
                return owner
    return Owner()


def _take(batch: Batch, report: Report, now: datetime) -> None:
    present = batch.newest.get(report.key)
    where = rules.place(report, present.known if present else None)
    if where is Place.REPLACEMENT and present is not None:
        # The Stop of the old session was lost: it ended with its last report.
        present.ended_at, present.end_cause = present.updated_at, rules.LOST
        _touch(batch, present)
    if present is None or where in (Place.NEW, Place.REPLACEMENT):
        present = _begin(batch, report, now)
    elif where is Place.REOPENED:
        present.ended_at, present.end_cause = None, ""
    _fold(batch, present, report, now)


def _begin(batch: Batch, report: Report, now: datetime) -> Record:
    started_at = min(now, report.event_at - timedelta(seconds=report.seconds or 0))
    made = Record(
        report=report,
        id=None,
        owner=_owner(batch, report),
        class_token=report.class_token,
        mac=report.mac,
        framed_address=report.framed_address,
        started_at=started_at,
        updated_at=started_at,
        ended_at=None,
        end_cause="",
        count=Count(),
        start_print="",
    )
    batch.newest[report.key] = made
    return made


def _fold(batch: Batch, present: Record, report: Report, now: datetime) -> None:
    before = present.count
    present.count = rules.count(before, report)
    _move(batch, present, before, report, now)
    if report.event_at > present.updated_at and (present.ended_at is None or report.kind == "stop"):
        present.updated_at = min(report.event_at, now)
    present.class_token = present.class_token or report.class_token
    present.mac = present.mac or report.mac
    present.framed_address = report.framed_address or present.framed_address
    if report.kind == "start":
        present.start_print = present.start_print or report.start_print
    if report.kind == "stop" and (present.ended_at is None or present.end_cause in rules.REOPENABLE):
        present.ended_at = max(present.started_at, min(report.event_at, now))
        present.end_cause = report.cause
    _touch(batch, present)


def _move(batch: Batch, present: Record, before: Count, report: Report, now: datetime) -> None:
    after = present.count
    upload, download = after.upload_bytes - before.upload_bytes, after.download_bytes - before.download_bytes
    seconds = after.session_seconds - before.session_seconds
    subscription_id, voucher_id = present.owner.subscription_id, present.owner.voucher_id
    if (subscription_id is None and voucher_id is None) or not (upload or download or seconds):
        return
    day = clock.local_day(min(max(report.event_at, present.started_at), now), report.zone)
    batch.moves.append(usage.Move(report.organization_id, subscription_id, voucher_id, day, upload, download, seconds))


def _touch(batch: Batch, present: Record) -> None:
    if not present.changed:
        present.changed = True
        batch.touched.append(present)


def _write(touched: list[Record]) -> None:
    known = sorted((record.id, *_changes(record)) for record in touched if record.id is not None)
    if known:
        text, parameters = engine.table(("bigint", *_CHANGES.values()), known)
        changes = ", ".join(f"{name} = r.column{number}" for number, name in enumerate(_CHANGES, 2))
        engine.rows(_UPDATE.format(changes=changes, rows=text), parameters)
    # Those that are replaced within their own batch are closed: written in order, no two of a key are open.
    born = [(*_birth(record), *_changes(record)) for record in touched if record.id is None]
    if born:
        text, parameters = engine.table((*_BIRTH.values(), *_CHANGES.values()), born)
        engine.rows(_INSERT.format(columns=", ".join([*_BIRTH, *_CHANGES]), rows=text), parameters)


def _birth(record: Record) -> tuple[Any, ...]:
    """The values of _BIRTH."""
    return (
        record.report.organization_id,
        record.report.nas_id,
        record.owner.subscription_id,
        record.owner.voucher_id,
        record.owner.customer_id,
        record.report.user_name,
        record.report.acct_session_id,
        record.started_at,
    )


def _changes(record: Record) -> tuple[Any, ...]:
    """The values of _CHANGES."""
    return (
        record.class_token,
        record.mac,
        record.framed_address,
        record.updated_at,
        record.ended_at,
        record.end_cause,
        record.count.upload_bytes,
        record.count.download_bytes,
        record.count.session_seconds,
        record.count.gigawords_seen,
        rules.trail_text(record.count),
        record.start_print,
    )


def _remember_devices(batch: Batch, now: datetime) -> None:
    devices.seen(
        (
            (record.report.organization_id, record.owner.customer_id, record.mac)
            for record in batch.touched
            if record.id is None
            and record.owner.customer_id is not None
            and not record.owner.is_erased
            and mac.parse(record.mac)
        ),
        now,
    )


def _have_erased(batch: Batch) -> None:
    """A router that goes on reporting a customer who was deleted permanently has to be told: its names go after that."""
    born = {
        (record.report.organization_id, record.owner.customer_id)
        for record in batch.touched
        if record.id is None and record.owner.is_erased
    }
    for organization_id, customer_id in sorted(born):
        jobs.queue(
            "erase_traces",
            organization=Organization(pk=organization_id),
            lane="soon",
            unique_key=f"erase_traces:{customer_id}",
            customer_id=customer_id,
        )
