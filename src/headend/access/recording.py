"""Reports of sessions become rows, a batch at a time: once, however often and in whatever order a report comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import transaction

from headend.access import devices, metering, owners, records, usage
from headend.access.metering import Count, Place, Point, Report
from headend.access.owners import Owner
from headend.access.records import Key, Record
from headend.customers import work
from headend.lib import clock, mac
from headend.system import engine
from headend.system.models import Organization


@dataclass(slots=True)
class Taken:
    """A report in its session. `seconds` is its time as far as it is believed, of `elapsed` that can have passed."""

    record: Record
    report: Report
    seconds: int | None
    elapsed: float


@dataclass(slots=True)
class Batch:
    """What one transaction works on: the open or newest session of each key, others by their token, and what was reported."""

    newest: dict[Key, Record]
    by_token: dict[tuple[Key, str], Record]
    now: datetime
    # While the clock is not believed, it proves no router wrong.
    believes_clock: bool
    taken: list[Taken] = field(default_factory=list)
    touched: list[Record] = field(default_factory=list)
    adopted: list[Record] = field(default_factory=list)
    moves: list[usage.Move] = field(default_factory=list)
    # The local day of an instant in a zone: nearly all reports of a batch are of one.
    days: dict[tuple[datetime, str], date] = field(default_factory=dict)


def record(reports: Sequence[Report]) -> None:
    """Writes reports, their usage and what they crossed, in one transaction. A repeated report changes nothing.

    When it returns, the reports are on disk. It locks what it works on in the order of session keys.
    """
    if not reports:
        return
    now = clock.now()
    with transaction.atomic():
        keyed = [(report.key, report) for report in reports]
        keys = sorted({key for key, _ in keyed})
        engine.lock_keys(f"session:{nas_id}:{session_id}:{name}" for nas_id, session_id, name in keys)
        newest = records.newest(keys)
        by_token = records.of_tokens(_of_other_tokens(keyed, newest))
        batch = Batch(newest, by_token, now, clock.held(now) == now)
        for key, report in keyed:
            _take(batch, key, report)
        _find_owners(batch)
        _find_speeds(batch)
        for taken in batch.taken:
            _count(batch, taken)
        records.write(batch.touched, batch.adopted)
        usage.move(batch.moves)
        _remember_devices(batch)
        _have_erased(batch)


def _of_other_tokens(keyed: Iterable[tuple[Key, Report]], newest: dict[Key, Record]) -> list[tuple[int, str, str, str]]:
    wanted = set()
    for key, report in keyed:
        known = newest.get(key)
        if known is not None and report.class_token and known.class_token not in ("", report.class_token):
            wanted.add((*key, report.class_token))
    return sorted(wanted)


def _take(batch: Batch, key: Key, report: Report) -> None:
    """Puts a report into its session, with all that it says but its counters."""
    token = report.class_token
    present = batch.newest.get(key)
    if present is not None and token and present.class_token not in ("", token):
        present = batch.by_token.get((key, token), present)
    # Most are the next of an open session that has the same token.
    if present is None or not token or present.class_token != token or present.ended_at is not None:
        where = metering.place(report, present.known if present else None)
        if where is Place.REOPENED and present is not None:
            _reopen(batch, present, report)
        elif present is None or where is not Place.KNOWN:
            present = _begin(batch, key, report)
    _fold(batch, present, report)


def _begin(batch: Batch, key: Key, report: Report) -> Record:
    seconds = report.seconds or 0
    started_at = min(batch.now, report.event_at)
    if seconds <= metering.LONGEST_SECONDS:
        started_at = min(batch.now, report.event_at - timedelta(seconds=seconds))
    made = Record(
        report=report,
        id=None,
        owner=Owner(),
        class_token=report.class_token,
        mac=report.mac,
        framed_address=report.framed_address,
        started_at=started_at,
        updated_at=started_at,
        ended_at=None,
        end_cause="",
        count=Count(),
        start_print="",
        clock_offset=_offset(report),
        seconds=0,
        key=key,
    )
    _let_live(batch, made, report)
    return made


def _offset(report: Report) -> timedelta:
    if report.stamped_at is None:
        return timedelta(0)
    return timedelta(seconds=round((report.stamped_at - report.event_at).total_seconds()))


def _reopen(batch: Batch, record: Record, report: Report) -> None:
    record.ended_at, record.end_cause = None, ""
    record.reopened = record.id is not None
    _let_live(batch, record, report)


def _let_live(batch: Batch, record: Record, report: Report) -> None:
    """Of two sessions with one key the one lives that the NAS has spoken of last: the Stop of the other was lost."""
    live = batch.newest.get(record.key)
    if live is not None and live is not record:
        if live.class_token:
            batch.by_token[live.key, live.class_token] = live
        if live.ended_at is None:
            if _is_of_before(report, live):
                record.ended_at, record.end_cause = (
                    max(record.started_at, min(report.event_at, batch.now)),
                    metering.LOST,
                )
                if record.class_token:
                    batch.by_token[record.key, record.class_token] = record
                return
            live.ended_at, live.end_cause = live.updated_at, metering.LOST
            _touch(batch, live)
    batch.newest[record.key] = record


def _is_of_before(report: Report, live: Record) -> bool:
    """Whether a report is late beside what the NAS has said of another session since, and not its clock set back."""
    late = report.event_at - live.updated_at <= timedelta(seconds=metering.LATE_SECONDS)
    return late and report.said_at < live.updated_at + live.clock_offset


def _fold(batch: Batch, present: Record, report: Report) -> None:
    elapsed, seconds = present.elapsed(report), report.seconds
    if seconds is not None and batch.believes_clock:
        seconds = metering.believed_seconds(seconds, elapsed)
    batch.taken.append(Taken(present, report, seconds, elapsed))
    is_overtaken = report.kind == "stop" and _is_overtaken(present, report)
    present.seconds = max(present.seconds, seconds or 0)
    if report.event_at > present.updated_at and (present.ended_at is None or report.kind == "stop"):
        present.updated_at = min(report.event_at, batch.now)
    if report.class_token and not present.class_token:
        _learn_token(batch, present, report)
    present.mac = present.mac or report.mac
    present.framed_address = report.framed_address or present.framed_address
    if report.kind == "start":
        present.start_print = present.start_print or report.start_print
    if (
        report.kind == "stop"
        and not is_overtaken
        and (present.ended_at is None or present.end_cause in metering.REOPENABLE)
    ):
        present.ended_at = max(present.started_at, min(report.event_at, batch.now))
        present.end_cause = report.cause
    _touch(batch, present)


def _is_overtaken(present: Record, report: Report) -> bool:
    """Whether the NAS has spoken of the session as living after this Stop: by its stamps and by its time."""
    if (
        report.kind != "stop"
        or report.stamped_at is None
        or report.seconds is None
        or report.seconds >= present.seconds
    ):
        return False
    return report.stamped_at < present.started_at + present.clock_offset + timedelta(seconds=present.seconds)


def _learn_token(batch: Batch, present: Record, report: Report) -> None:
    present.class_token = report.class_token
    if present.id is None:
        present.report = report
    elif present.owner.is_nobody:
        present.report = report
        batch.adopted.append(present)


def _find_owners(batch: Batch) -> None:
    """Whose the sessions are that begin, and those of nobody that a token tells more of."""
    unknown = [record for record in batch.touched if record.id is None] + batch.adopted
    if not unknown:
        return
    found = owners.find([record.report for record in unknown])
    for record in unknown:
        record.owner = found.of(record.report)
    batch.adopted = [record for record in batch.adopted if not record.owner.is_nobody]
    for record in batch.adopted:
        # All that it came to while it was nobody's.
        _move(batch, record, record.report, before=Count())


def _find_speeds(batch: Batch) -> None:
    """The speeds of sessions whose counters fell: what their plans allow tells a wrap from a reset."""
    fell = {}
    trails: dict[int, tuple[Point, ...]] = {}
    for taken in batch.taken:
        record = taken.record
        if record.count.gigawords_seen or record.count.kbps is not None:
            continue
        point = metering.low_point(taken.report, taken.seconds)
        if point is not None:
            trail = trails.get(id(record), record.count.trail)
            if metering.falls(trail, point):
                fell[id(record)] = record
            trails[id(record)] = (*trail, point)
    if not fell:
        return
    speeds = owners.speeds([record.owner for record in fell.values()])
    for record in fell.values():
        kbps = speeds.get((record.owner.subscription_id, record.owner.voucher_id), 0)
        record.count = replace(record.count, kbps=kbps)


def _count(batch: Batch, taken: Taken) -> None:
    record, before = taken.record, taken.record.count
    record.count = metering.count(before, taken.report, taken.seconds, taken.elapsed)
    _move(batch, record, taken.report, before=before)


def _move(batch: Batch, record: Record, report: Report, *, before: Count) -> None:
    after = record.count
    upload, download = after.upload_bytes - before.upload_bytes, after.download_bytes - before.download_bytes
    seconds = after.session_seconds - before.session_seconds
    owner = record.owner
    if owner.is_nobody or not (upload or download or seconds):
        return
    moment = min(max(report.event_at, record.started_at), batch.now), report.zone
    day = batch.days.get(moment) or batch.days.setdefault(moment, clock.local_day(*moment))
    moved = usage.Move(report.organization_id, owner.subscription_id, owner.voucher_id, day, upload, download, seconds)
    batch.moves.append(moved)


def _touch(batch: Batch, present: Record) -> None:
    if not present.changed:
        present.changed = True
        batch.touched.append(present)


def _remember_devices(batch: Batch) -> None:
    devices.seen(
        (
            (record.report.organization_id, record.owner.customer_id, record.mac)
            for record in batch.touched
            if record.id is None
            and record.owner.customer_id is not None
            and not record.owner.is_erased
            and mac.parse(record.mac)
        ),
        batch.now,
    )


def _have_erased(batch: Batch) -> None:
    """A router that goes on reporting a customer who was deleted permanently has to be told: its names go after that."""
    born = {
        (record.report.organization_id, record.owner.customer_id)
        for record in batch.touched
        if record.id is None and record.owner.is_erased and record.owner.customer_id is not None
    }
    for organization_id, customer_id in sorted(born):
        work.erase_traces(customer_id, organization=Organization(pk=organization_id))
