"""Decisions about metering, without a database: which session a report belongs to, and what its counters come to.

Reports come more than once, late, in any order, and without the attributes that would make it easy. What is decided here
depends on what was reported and not on the order in which it arrived (RFC 2866; RFC 5080 section 2.2.1).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal

from headend.lib import ids

WRAP: Final = 2**32
# As many reports are remembered to find wraps between them; older ones that come late are ignored.
TRAIL_POINTS: Final = 16
# A counter that falls by less than this did not wrap: some equipment's last report is a little lower.
SLIP_BYTES: Final = 1_000_000
# A plan without a limit: equipment that sends no Gigawords serves no faster line, and its reports could not tell. In kbit/s.
UNLIMITED_KBPS: Final = 100_000
# What nobody's line does, whatever a counter says: 10 Gbit/s.
FASTEST_BYTES_PER_SECOND: Final = 1_250_000_000
# A report may be this much off the moment of its counters.
JITTER_SECONDS: Final = 10
# A session may have begun so long before we heard of it, and then its time is believed; so may a session without a known beginning.
UNHEARD_SECONDS: Final = 300
LONGEST_SECONDS: Final = 366 * 86_400
# A report without proof of its own belongs to the session that ended, up to so long after it.
LATE_SECONDS: Final = 300
# An open session whose time fell is another one only where it began this long after the last report.
REUSE_SECONDS: Final = 30

LOST: Final = "Lost-Carrier"
NAS_REBOOT: Final = "NAS-Reboot"
NAS_OFF: Final = "Admin-Reboot"
# A session that we closed without hearing so from its NAS lives again when its NAS reports it.
REOPENABLE: Final = frozenset({LOST, NAS_REBOOT, NAS_OFF})


# Not frozen, as all others here that each packet makes: that would make making them twice as dear.
@dataclass(slots=True)
class Report:
    """What a NAS said of one session. Octets are the low 32 bits, gigawords the high ones where they were sent.

    Upload is what the NAS received from the user (Input). `event_at` is when it happened by our clock, `stamped_at` by the
    NAS's own, which may be wrong: it is compared with other stamps of that NAS alone.
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
    stamped_at: datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may be meant, as it stands first: a username may hold an @ itself."""
        return (self.user_name, self.plain_name) if self.plain_name else (self.user_name,)

    @property
    def key(self) -> tuple[int, str, str]:
        """What the session is known by while it is open: however its user's name is spelled."""
        return self.nas_id, self.acct_session_id, ids.session_key(self.plain_name or self.user_name)

    @property
    def said_at(self) -> datetime:
        """When it happened, by the NAS's own clock where it tells it."""
        return self.stamped_at or self.event_at


@dataclass(frozen=True, slots=True)
class Point:
    """The low counters at one moment of a session."""

    seconds: int
    upload: int
    download: int


@dataclass(slots=True)
class Count:
    """What a session comes to so far, and what counting goes on from. `base` is the total at the trail's first point.

    `kbps` is the faster of the speeds of its plan, 0 without a limit; None until a counter has fallen.
    """

    upload_bytes: int = 0
    download_bytes: int = 0
    session_seconds: int = 0
    gigawords_seen: bool = False
    base_upload: int = 0
    base_download: int = 0
    trail: tuple[Point, ...] = ()
    kbps: int | None = None


class Place(Enum):
    """Where a report belongs."""

    KNOWN = "known"
    REOPENED = "reopened"
    NEW = "new"
    REPLACEMENT = "replacement"


@dataclass(slots=True)
class Known:
    """What is known of a session with a report's key. Its last report and its end are by the clock of its NAS."""

    class_token: str
    last_at: datetime
    ended_at: datetime | None
    end_cause: str
    session_seconds: int
    start_print: str


def place(report: Report, known: Known | None) -> Place:
    """Whether a report belongs to a known session of its key, or shows that the NAS uses the id again.

    `known` is the session of the report's token, else the open one or the newest.
    """
    if known is None:
        return Place.NEW
    both_tell = bool(report.class_token and known.class_token)
    if both_tell and report.class_token != known.class_token:
        return Place.NEW if known.ended_at else Place.REPLACEMENT
    if known.ended_at is None:
        return Place.REPLACEMENT if not both_tell and _reuses_open(report, known) else Place.KNOWN
    if not both_tell and _follows_closed(report, known, known.ended_at):
        return Place.NEW
    return Place.REOPENED if _goes_on(report, known, known.ended_at) else Place.KNOWN


def believed_seconds(seconds: int, elapsed: float) -> int:
    """The session time that a NAS reports, where so much can have passed; else what has passed since the session began."""
    return seconds if seconds <= elapsed + UNHEARD_SECONDS else max(0, round(elapsed))


def low_point(report: Report, seconds: int | None) -> Point | None:
    """The low counters of a report that has neither Gigawords nor lacks its time: what may have wrapped."""
    if seconds is None or report.upload_gigawords is not None or report.download_gigawords is not None:
        return None
    if report.upload_octets is None and report.download_octets is None:
        return None
    return Point(seconds, report.upload_octets or 0, report.download_octets or 0)


def falls(trail: Sequence[Point], point: Point) -> bool:
    """Whether a counter is lower at one moment than at one before: if it wrapped is a matter of the plan's speed."""
    if not trail:
        return False
    last = trail[-1]
    if point.seconds >= last.seconds:
        return point.upload < last.upload or point.download < last.download
    return any(
        point.upload < other.upload or point.download < other.download
        if other.seconds <= point.seconds
        else other.upload < point.upload or other.download < point.download
        for other in trail
    )


def count(present: Count, report: Report, seconds: int | None, elapsed: float) -> Count:
    """`present` with the counters of one report. Totals never fall, and a report that came before changes nothing.

    `seconds` is the session time as far as it is believed, `elapsed` what can have passed since the session began.
    """
    longest = max(present.session_seconds, seconds or 0)
    if report.upload_octets is None and report.download_octets is None:
        return _lasting(present, longest)
    if present.gigawords_seen or report.upload_gigawords is not None or report.download_gigawords is not None:
        return _count_whole(present, report, longest, max(elapsed, longest))
    point = low_point(report, seconds)
    if point is not None:
        return _count_along(_with_point(present, point), longest)
    return replace(
        present,
        upload_bytes=max(present.upload_bytes, report.upload_octets or 0),
        download_bytes=max(present.download_bytes, report.download_octets or 0),
    )


def trail_text(present: Count) -> str:
    """The trail as it is kept: `base|seconds:upload:download|…`, with the speed behind the base; empty where none is needed."""
    if not present.trail or present.gigawords_seen:
        return ""
    points = "|".join(f"{p.seconds}:{p.upload}:{p.download}" for p in present.trail)
    speed = "" if present.kbps is None else f":{present.kbps}"
    return f"{present.base_upload}:{present.base_download}{speed}|{points}"


def read_trail(text: str) -> tuple[int, int, tuple[Point, ...], int | None]:
    """What `trail_text` wrote: base upload, base download, points, speed."""
    if not text:
        return 0, 0, (), None
    base, *points = text.split("|")
    upload, download, *speed = base.split(":")
    trail = tuple(Point(*map(int, point.split(":"))) for point in points)
    return int(upload), int(download), trail, int(speed[0]) if speed else None


def percent(used: int, limit: int) -> int:
    """How much of `limit` (not 0) is used, in whole percent; 100 is the most."""
    return min(100, used * 100 // limit)


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
    return _began_at(report) > known.last_at + timedelta(seconds=REUSE_SECONDS)


def _follows_closed(report: Report, known: Known, ended_at: datetime) -> bool:
    if report.kind == "start" and known.start_print:
        return report.start_print != known.start_print
    return _began_at(report) > ended_at + timedelta(seconds=LATE_SECONDS)


def _began_at(report: Report) -> datetime:
    # A time that nobody's session has says nothing; it would lead out of the calendar.
    seconds = report.seconds or 0
    return report.said_at - timedelta(seconds=seconds if seconds <= LONGEST_SECONDS else 0)


def _goes_on(report: Report, known: Known, ended_at: datetime) -> bool:
    """Whether the NAS speaks of a closed session as one that lives."""
    if report.kind != "interim":
        return False
    if known.end_cause in REOPENABLE:
        return report.seconds is None or report.seconds > known.session_seconds
    # Its Stop was none, or not the last. Without time stamps an Interim may only have been overtaken by the Stop.
    overtaken = timedelta(seconds=0 if report.stamped_at else REUSE_SECONDS)
    return (
        report.seconds is not None and report.seconds > known.session_seconds and report.said_at > ended_at + overtaken
    )


def _lasting(present: Count, seconds: int) -> Count:
    return present if seconds == present.session_seconds else replace(present, session_seconds=seconds)


def _count_whole(present: Count, report: Report, seconds: int, elapsed: float) -> Count:
    upload = (report.upload_gigawords or 0) * WRAP + (report.upload_octets or 0)
    download = (report.download_gigawords or 0) * WRAP + (report.download_octets or 0)
    if max(upload, download) > FASTEST_BYTES_PER_SECOND * (elapsed + UNHEARD_SECONDS):
        # Nobody can have used that: such a report says nothing of what was used.
        return _lasting(present, seconds)
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
        trail[at] = higher = Point(point.seconds, max(same.upload, point.upload), max(same.download, point.download))
        if at:
            return replace(present, trail=tuple(trail))
        return replace(
            present,
            trail=tuple(trail),
            base_upload=present.base_upload + higher.upload - same.upload,
            base_download=present.base_download + higher.download - same.download,
        )
    if at == 0 and len(trail) == TRAIL_POINTS:
        return present
    trail.insert(at, point)
    if at == 0:
        return replace(present, trail=tuple(trail), base_upload=point.upload, base_download=point.download)
    if len(trail) <= TRAIL_POINTS:
        return replace(present, trail=tuple(trail))
    walk = _Walk(trail[0], present.base_upload, present.base_download, present.kbps)
    walk.on_to(trail[1])
    # What further counters are compared with stands in the place of the second point.
    trail[1] = Point(trail[1].seconds, walk.upload_high, walk.download_high)
    return replace(present, trail=tuple(trail[1:]), base_upload=walk.upload, base_download=walk.download)


def _count_along(present: Count, seconds: int) -> Count:
    walk = _Walk(present.trail[0], present.base_upload, present.base_download, present.kbps)
    for point in present.trail[1:]:
        walk.on_to(point)
    return replace(
        present,
        upload_bytes=max(present.upload_bytes, walk.upload),
        download_bytes=max(present.download_bytes, walk.download),
        session_seconds=seconds,
    )


class _Walk:
    """Adds up along a trail. A counter that fell stands at its highest value, unless it can have wrapped since."""

    __slots__ = ("_is_limited", "_last", "_rate", "download", "download_high", "upload", "upload_high")

    def __init__(self, first: Point, upload: int, download: int, kbps: int | None) -> None:
        self._last = first
        self.upload, self.upload_high = upload, first.upload
        self.download, self.download_high = download, first.download
        self._is_limited = bool(kbps)
        # A quarter more than the plan has: a line may be a little faster, and frames are larger than what they carry.
        self._rate = (kbps or UNLIMITED_KBPS) * 1000 // 8 * 5 // 4

    def on_to(self, point: Point) -> None:
        """Goes to the next point."""
        last, self._last = self._last, point
        room = self._rate * (point.seconds - last.seconds + JITTER_SECONDS)
        if not self._is_limited and point.upload < last.upload and point.download < last.download:
            # Both at once: no two counters wrap together so easily as one router forgets both.
            room = 0
        self.upload_high, added = _step(last.upload, point.upload, self.upload_high, room)
        self.upload += added
        self.download_high, added = _step(last.download, point.download, self.download_high, room)
        self.download += added


def _step(earlier: int, later: int, high: int, room: int) -> tuple[int, int]:
    """What further counters are compared with, and what was added."""
    if later >= high:
        return later, later - high
    fell_by = earlier - later
    if fell_by < SLIP_BYTES or WRAP - fell_by > room:
        return high, 0
    return later, WRAP + later - high
