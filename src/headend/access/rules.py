"""Decisions about metering, without a database: which session a report belongs to, and what its counters come to.

Reports come more than once, late, in any order, and without the attributes that would make it easy. What is decided here
depends on what was reported and not on the order in which it arrived (RFC 2866; RFC 5080 section 2.2.1).
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from itertools import pairwise
from typing import Final, Literal

WRAP: Final = 2**32
# As many reports are remembered to find wraps between them; older ones that come late are ignored.
TRAIL_POINTS: Final = 16
# A counter that falls by less than this did not wrap: some equipment's last report is a little lower.
SLIP_BYTES: Final = 1_000_000
# A report without proof of its own belongs to the session that ended, up to so long after it.
LATE_SECONDS: Final = 300
# An open session whose time fell is another one only where it began this long after the last report.
REUSE_SECONDS: Final = 30

LOST: Final = "Lost-Carrier"
NAS_REBOOT: Final = "NAS-Reboot"
NAS_OFF: Final = "Admin-Reboot"
# A session that we closed without hearing so from its NAS lives again when its NAS reports it.
REOPENABLE: Final = frozenset({LOST, NAS_REBOOT, NAS_OFF})


class Code(StrEnum):
    """Why a verb on a plan, subscription, voucher, credential or block was refused (not a login: see `authorize`)."""

    PLAN_INCOMPLETE = "plan_incomplete"
    PLAN_NAME_TAKEN = "plan_name_taken"
    PLAN_RETIRED = "plan_retired"
    PLAN_NOT_HOTSPOT = "plan_not_hotspot"
    USERNAME_TAKEN = "username_taken"
    USERNAME_MISSING = "username_missing"
    PASSWORD_SHORT = "password_short"  # noqa: S105 - a code, not a password
    PASSWORD_UNREADABLE = "password_unreadable"  # noqa: S105 - the same
    FRAMED_ADDRESS_INVALID = "framed_address_invalid"
    FRAMED_ADDRESS_TAKEN = "framed_address_taken"
    FRAMED_ADDRESS_MISSING = "framed_address_missing"
    SUBSCRIPTION_ENDED = "subscription_ended"
    PERIOD_NOT_NEXT = "period_not_next"
    CUSTOMER_IS_DELETED = "customer_is_deleted"
    SESSION_ENDED = "session_ended"
    VOUCHER_IS_VOID = "voucher_is_void"
    SHEET_IS_VOID = "sheet_is_void"
    BATCH_EMPTY = "batch_empty"
    BATCH_TOO_LARGE = "batch_too_large"
    SHEET_UNKNOWN = "sheet_unknown"


# Not frozen, as all others here that each packet makes: that would make making them twice as dear.
@dataclass(slots=True)
class Report:
    """What a NAS said of one session. Octets are the low 32 bits, gigawords the high ones where they were sent.

    Upload is what the NAS received from the user (Input). `event_at` is when it happened at the NAS.
    """

    kind: Literal["start", "interim", "stop"]
    organization_id: int
    nas_id: int
    zone: str
    user_name: str
    acct_session_id: str
    event_at: datetime
    class_token: str = ""
    subscription_id: int | None = None
    voucher_id: int | None = None
    mac: str = ""
    framed_address: str = ""
    seconds: int | None = None
    upload_octets: int | None = None
    upload_gigawords: int | None = None
    download_octets: int | None = None
    download_gigawords: int | None = None
    cause: str = ""
    start_print: str = ""
    # The name without a realm of the organization's; empty where it has none.
    plain_name: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may be meant, as it stands first: a username may hold an @ itself."""
        return (self.user_name, self.plain_name) if self.plain_name else (self.user_name,)

    @property
    def key(self) -> tuple[int, str, str]:
        """What the session is known by while it is open."""
        return self.nas_id, self.acct_session_id, self.user_name


@dataclass(frozen=True, slots=True)
class Point:
    """The low counters at one moment of a session."""

    seconds: int
    upload: int
    download: int


@dataclass(slots=True)
class Count:
    """What a session comes to so far, and what counting goes on from. `base` is the total at the trail's first point."""

    upload_bytes: int = 0
    download_bytes: int = 0
    session_seconds: int = 0
    gigawords_seen: bool = False
    base_upload: int = 0
    base_download: int = 0
    trail: tuple[Point, ...] = ()


class Place(Enum):
    """Where a report belongs."""

    KNOWN = "known"
    REOPENED = "reopened"
    NEW = "new"
    REPLACEMENT = "replacement"


@dataclass(slots=True)
class Known:
    """What is known of the newest session with a report's key."""

    class_token: str
    updated_at: datetime
    ended_at: datetime | None
    end_cause: str
    session_seconds: int
    start_print: str


def place(report: Report, known: Known | None) -> Place:
    """Whether a report belongs to the newest session of its key, or shows that the NAS uses the id again."""
    if known is None:
        return Place.NEW
    if report.class_token and known.class_token and report.class_token != known.class_token:
        return Place.NEW if known.ended_at else Place.REPLACEMENT
    if known.ended_at is None:
        return Place.REPLACEMENT if _reuses_open(report, known) else Place.KNOWN
    same_token = bool(report.class_token) and report.class_token == known.class_token
    if not same_token and _follows_closed(report, known, known.ended_at):
        return Place.NEW
    newer = report.seconds is None or report.seconds > known.session_seconds
    if known.end_cause in REOPENABLE and report.kind == "interim" and newer:
        return Place.REOPENED
    return Place.KNOWN


def count(present: Count, report: Report) -> Count:
    """`present` with the counters of one report. Totals never fall, and a report that came before changes nothing."""
    seconds = max(present.session_seconds, report.seconds or 0)
    if report.upload_octets is None and report.download_octets is None:
        return replace(present, session_seconds=seconds)
    sends_gigawords = report.upload_gigawords is not None or report.download_gigawords is not None
    if sends_gigawords or present.gigawords_seen:
        return _count_whole(present, report, seconds)
    if report.seconds is None:
        return replace(
            present,
            upload_bytes=max(present.upload_bytes, report.upload_octets or 0),
            download_bytes=max(present.download_bytes, report.download_octets or 0),
        )
    point = Point(report.seconds, report.upload_octets or 0, report.download_octets or 0)
    return _count_along(_with_point(present, point), seconds)


def trail_text(present: Count) -> str:
    """The trail as it is kept: `base|seconds:upload:download|…`; empty where none is needed."""
    if not present.trail or present.gigawords_seen:
        return ""
    points = "|".join(f"{p.seconds}:{p.upload}:{p.download}" for p in present.trail)
    return f"{present.base_upload}:{present.base_download}|{points}"


def read_trail(text: str) -> tuple[int, int, tuple[Point, ...]]:
    """What `trail_text` wrote: base upload, base download, points."""
    if not text:
        return 0, 0, ()
    base, *points = text.split("|")
    upload, download = base.split(":")
    return int(upload), int(download), tuple(Point(*map(int, point.split(":"))) for point in points)


def crossed(before: int, after: int, limit: int | None, percent: int) -> bool:
    """Whether usage came to `percent` of `limit` between `before` and `after`."""
    if limit is None:
        return False
    mark = limit * percent
    return before * 100 < mark <= after * 100


def _reuses_open(report: Report, known: Known) -> bool:
    if report.kind == "start":
        return bool(known.start_print) and report.start_print != known.start_print
    if report.seconds is None or report.seconds >= known.session_seconds:
        return False
    began_at = report.event_at - timedelta(seconds=report.seconds)
    return began_at > known.updated_at + timedelta(seconds=REUSE_SECONDS)


def _follows_closed(report: Report, known: Known, ended_at: datetime) -> bool:
    if report.kind == "start" and known.start_print:
        return report.start_print != known.start_print
    began_at = report.event_at - timedelta(seconds=report.seconds or 0)
    return began_at > ended_at + timedelta(seconds=LATE_SECONDS)


def _count_whole(present: Count, report: Report, seconds: int) -> Count:
    if report.seconds is not None and report.seconds < present.session_seconds:
        return present
    upload = (report.upload_gigawords or 0) * WRAP + (report.upload_octets or 0)
    download = (report.download_gigawords or 0) * WRAP + (report.download_octets or 0)
    return Count(
        upload_bytes=max(present.upload_bytes, upload),
        download_bytes=max(present.download_bytes, download),
        session_seconds=seconds,
        gigawords_seen=True,
    )


def _with_point(present: Count, point: Point) -> Count:
    trail = list(present.trail)
    at = bisect_left([p.seconds for p in trail], point.seconds)
    if at < len(trail) and trail[at].seconds == point.seconds:
        same = trail[at]
        trail[at] = Point(point.seconds, max(same.upload, point.upload), max(same.download, point.download))
        return replace(present, trail=tuple(trail))
    if at == 0 and len(trail) == TRAIL_POINTS:
        return present
    trail.insert(at, point)
    if at == 0:
        return replace(present, trail=tuple(trail), base_upload=point.upload, base_download=point.download)
    if len(trail) <= TRAIL_POINTS:
        return replace(present, trail=tuple(trail))
    first, second = trail[0], trail[1]
    return replace(
        present,
        trail=tuple(trail[1:]),
        base_upload=present.base_upload + _step(first.upload, second.upload),
        base_download=present.base_download + _step(first.download, second.download),
    )


def _count_along(present: Count, seconds: int) -> Count:
    trail = present.trail
    upload, download = present.base_upload, present.base_download
    for earlier, later in pairwise(trail):
        upload += _step(earlier.upload, later.upload)
        download += _step(earlier.download, later.download)
    return replace(
        present,
        upload_bytes=max(present.upload_bytes, upload),
        download_bytes=max(present.download_bytes, download),
        session_seconds=seconds,
    )


def _step(earlier: int, later: int) -> int:
    if later >= earlier:
        return later - earlier
    return 0 if earlier - later < SLIP_BYTES else later - earlier + WRAP
