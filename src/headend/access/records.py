"""Rows of sessions while a batch of reports works on them: looked up by their keys, changed, and written together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from headend.access import metering
from headend.access.metering import Count, Known, Report
from headend.access.owners import Owner
from headend.system import engine

_COLUMNS: Final = (
    "id, nas_id, acct_session_id, name_key, subscription_id, voucher_id, customer_id, class_token, mac, framed_address, "
    "started_at, updated_at, ended_at, end_cause, upload_bytes, download_bytes, session_seconds, gigawords_seen, trail, "
    "start_print, clock_offset_seconds"
)
# A step or two into an index for each key, on both databases: a grouped MAX would walk the whole of it. The open one comes
# first: one that was reported late is newer and ended.
_NEWEST: Final = """
SELECT {columns} FROM access_session WHERE id IN (
    SELECT COALESCE(
        (SELECT x.id FROM access_session x
         WHERE x.nas_id = k.column1 AND x.acct_session_id = k.column2 AND x.name_key = k.column3 AND x.ended_at IS NULL),
        (SELECT x.id FROM access_session x
         WHERE x.nas_id = k.column1 AND x.acct_session_id = k.column2 AND x.name_key = k.column3
         ORDER BY x.id DESC LIMIT 1))
    FROM {keys} AS k)
"""
# Where a report's token is not that of the newest: the one that it is of, if any.
_EARLIER: Final = """
SELECT {columns} FROM access_session WHERE id IN (
    SELECT (SELECT x.id FROM access_session x
            WHERE x.nas_id = k.column1 AND x.acct_session_id = k.column2 AND x.name_key = k.column3
            AND x.class_token = k.column4 ORDER BY x.id DESC LIMIT 1)
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
    "name_key": "text",
    "acct_session_id": "text",
    "started_at": "timestamptz",
    "clock_offset_seconds": "bigint",
}
_UPDATE: Final = "UPDATE access_session SET {changes} FROM {rows} AS r WHERE access_session.id = r.column1"
_SET: Final = ", ".join(f"{name} = r.column{number}" for number, name in enumerate(_CHANGES, 2))
_INSERT: Final = "INSERT INTO access_session ({columns}) SELECT * FROM {rows} AS r"
# Of a session that began as nobody's: a later report told whose it is.
_ADOPT: Final = "UPDATE access_session SET subscription_id = %s, voucher_id = %s, customer_id = %s WHERE id = %s"

Key = tuple[int, str, str]


@dataclass(slots=True)
class Record:
    """A session while a batch works on it. `id` is None until it is written; `report` is the one that tells whose it is.

    `clock_offset` is how far the clock of its NAS was ahead of ours when it began. `seconds` is its time as the reports of the
    batch have it so far, `count` what is counted.
    """

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
    clock_offset: timedelta
    seconds: int
    key: Key
    changed: bool = False
    reopened: bool = False

    @property
    def known(self) -> Known:
        """What its place is decided by. Its times are by the NAS's clock: as it was heard, and as its session time tells."""
        told_at = self.started_at + timedelta(seconds=self.seconds)
        last_at = max(self.updated_at, told_at) + self.clock_offset
        ended_at = None if self.ended_at is None else max(self.ended_at, told_at) + self.clock_offset
        return Known(self.class_token, last_at, ended_at, self.end_cause, self.seconds, self.start_print)

    def elapsed(self, report: Report) -> float:
        """The seconds that can have passed since it began: by our clock, or where those are too few by two stamps of its NAS."""
        passed = (report.event_at - self.started_at).total_seconds()
        if report.stamped_at is None or (report.seconds or 0) <= passed + metering.UNHEARD_SECONDS:
            return passed
        return max(passed, (report.stamped_at - self.started_at - self.clock_offset).total_seconds())


def newest(keys: Sequence[Key]) -> dict[Key, Record]:
    """The open session of each key, else its newest; a key that nobody had is missing."""
    return {one.key: one for one in _load(_NEWEST, ("bigint", "text", "text"), keys)}


def of_tokens(keys: Sequence[tuple[int, str, str, str]]) -> dict[tuple[Key, str], Record]:
    """The sessions of keys that have our tokens, by both: for where an id was used again, and a report of before is late."""
    if not keys:
        return {}
    found = _load(_EARLIER, ("bigint", "text", "text", "text"), keys)
    return {(one.key, one.class_token): one for one in found}


def write(touched: Sequence[Record], adopted: Sequence[Record]) -> None:
    """Writes what reports changed, whom sessions of nobody turned out to be of, and sessions that began."""
    known = [record for record in touched if record.id is not None]
    # Another of the same key is closed before one is opened again: two that are open must never be.
    for some in ([one for one in known if not one.reopened], [one for one in known if one.reopened]):
        if some:
            text, parameters = engine.table(
                ("bigint", *_CHANGES.values()), sorted((record.id, *_changes(record)) for record in some)
            )
            engine.rows(_UPDATE.format(changes=_SET, rows=text), parameters)
    for record in adopted:
        owner = record.owner
        engine.rows(_ADOPT, [owner.subscription_id, owner.voucher_id, owner.customer_id, record.id])
    # Those that are replaced within their own batch are closed: of a key no two are open.
    born = [(*_birth(record), *_changes(record)) for record in touched if record.id is None]
    if born:
        text, parameters = engine.table((*_BIRTH.values(), *_CHANGES.values()), born)
        engine.rows(_INSERT.format(columns=", ".join([*_BIRTH, *_CHANGES]), rows=text), parameters)


def _load(statement: str, kinds: tuple[engine.Kind, ...], keys: Sequence[tuple[Any, ...]]) -> list[Record]:
    text, parameters = engine.table(kinds, keys)
    # Of two indexes the wrong one is as good while the table is small: the plan of that day must not be kept.
    rows = engine.rows(statement.format(columns=_COLUMNS, keys=text), parameters, prepared=False)
    return [_record_of(row) for row in rows]


def _record_of(row: tuple[Any, ...]) -> Record:
    base_upload, base_download, trail, kbps = metering.read_trail(row[18])
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
        count=Count(row[14], row[15], row[16], bool(row[17]), base_upload, base_download, trail, kbps),
        start_print=row[19],
        clock_offset=timedelta(seconds=row[20]),
        seconds=row[16],
        key=(row[1], row[2], row[3]),
    )


_NO_REPORT: Final = Report("interim", 0, 0, "UTC", "", "", datetime.min)  # noqa: DTZ901 - a placeholder that nothing reads


def _birth(record: Record) -> tuple[Any, ...]:
    """The values of _BIRTH."""
    return (
        record.report.organization_id,
        record.report.nas_id,
        record.owner.subscription_id,
        record.owner.voucher_id,
        record.owner.customer_id,
        record.report.user_name,
        record.key[2],
        record.report.acct_session_id,
        record.started_at,
        int(record.clock_offset.total_seconds()),
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
        metering.trail_text(record.count),
        record.start_print,
    )
