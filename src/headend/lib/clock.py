"""The one place where the product reads the time, and where it doubts it.

A clock is believed that goes on from the last instant that was known. One that was set back, or that stands far ahead, is not: until
it comes near again, a time source vouches for it or somebody confirms it, the product's own time runs on from that last instant.
"""

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

# What a time source may take back when it sets a clock right.
BACK_MOST: Final = timedelta(minutes=5)
# An installation that was off for a long weekend asks nobody.
AHEAD_MOST: Final = timedelta(days=7)
# For trials: a file that holds seconds to add to the clock, or the instant (ISO 8601) that it was when the file was written.
FILE_VARIABLE: Final = "HEADEND_CLOCK_FILE"

# The ends of the calendar, far enough from them to be shown in every zone.
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_set_to: ContextVar[datetime | None] = ContextVar("set_to", default=None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the machine's clock says, whether that is believed, and what time it is for the product: `now`.

    `known_at` is the last instant that was believed; without one every clock is.
    """

    clock_at: datetime
    known_at: datetime | None
    is_trusted: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class _Known:
    """The last believed instant, and what the product's own time was at a reading of the clock that never jumps."""

    at: datetime
    running_at: datetime
    monotonic: float

    def now(self) -> datetime:
        return self.running_at + timedelta(seconds=time.monotonic() - self.monotonic)


# Of this process. None until `know` was called: commands and tests take the clock as it is.
_known: _Known | None = None


def now() -> datetime:
    """The present instant, aware, in UTC. A verb reads it once and hands it on."""
    return _set_to.get() or judge().now


def held(instant: datetime) -> datetime:
    """The instant by which it is decided what has expired: `instant`, or the last known one while the clock is not trusted."""
    if _set_to.get() is not None:
        return instant
    judgement = judge()
    if judgement.is_trusted or judgement.known_at is None:
        return instant
    return min(instant, judgement.known_at)


def judge() -> Judgement:
    """Looks at the machine's clock. One that is believed is from then on the last known instant."""
    global _known  # noqa: PLW0603 - of the process, as the clock itself is
    clock_at, known = _read(), _known
    if known is None:
        return Judgement(clock_at, None, True, clock_at)
    running_at = known.now()
    if not -BACK_MOST <= clock_at - running_at <= AHEAD_MOST and not _is_vouched_for():
        return Judgement(clock_at, known.at, False, running_at)
    _known = _Known(clock_at, clock_at, time.monotonic())
    return Judgement(clock_at, clock_at, True, clock_at)


def know(known_at: datetime, running_at: datetime) -> None:
    """Tells this process the last instant that was believed, and what the product's time has come to since.

    While it goes on from the same instant, the time of a process never goes back.
    """
    global _known  # noqa: PLW0603 - as above
    present = _known
    if present is not None and present.at.replace(microsecond=0) == known_at.replace(microsecond=0):
        running_at = max(running_at, present.now())
    _known = _Known(known_at, max(known_at, running_at), time.monotonic())


def know_nothing() -> None:
    """Takes the clock as it is, until `know` is called again."""
    global _known  # noqa: PLW0603 - as above
    _known = None


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Inside, it is `instant`, in this thread alone: for the demo's history and for tests."""
    token = _set_to.set(instant)
    try:
        yield
    finally:
        _set_to.reset(token)


def local_day(instant: datetime, zone: str) -> date:
    """The day that `instant` belongs to in `zone` (an IANA name)."""
    return instant.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC; on the first and last days of the calendar, the nearest that UTC has."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return _LAST if day.year > 1 else _FIRST


def day_end(day: date, zone: str) -> datetime:
    """The instant at which a local day is over, in UTC: a date that ends something ends it here."""
    if day >= _LAST.date():
        return _LAST
    return day_start(day + timedelta(days=1), zone)


def last_day(end: datetime, zone: str) -> date | None:
    """The day that an end is the end of, as `day_end` makes it of that day; None where it is within a day."""
    day = local_day(end, zone)
    return day - timedelta(days=1) if end < _LAST and end == day_start(day, zone) else None


def _read() -> datetime:
    file = os.environ.get(FILE_VARIABLE)
    return datetime.now(UTC) + _offset(file) if file else datetime.now(UTC)


def _offset(file: str) -> timedelta:
    written_at_ns = Path(file).stat().st_mtime_ns
    return _offset_of(Path(file).read_text().strip(), written_at_ns)


@lru_cache(maxsize=4)
def _offset_of(text: str, written_at_ns: int) -> timedelta:
    try:
        return timedelta(seconds=float(text))
    except ValueError:
        return datetime.fromisoformat(text) - datetime.fromtimestamp(written_at_ns / 1e9, UTC)


def _is_vouched_for() -> bool:
    """Whether a time source keeps the clock right: the kernel knows whether something like NTP does (adjtimex(2)).

    A clock that a file makes up has none.
    """
    if os.environ.get(FILE_VARIABLE):
        return False
    try:
        state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):
        return False
    return 0 <= state < _TIME_ERROR


# More than `struct timex` takes anywhere; of zeros, so that the call asks and changes nothing.
_TIMEX_BYTES: Final = 512
# What adjtimex returns for a clock that nothing synchronizes.
_TIME_ERROR: Final = 5
