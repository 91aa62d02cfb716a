"""The one place where the product reads the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

# The ends of the calendar, far enough from them to be shown in every zone.
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_set_to: ContextVar[datetime | None] = ContextVar("set_to", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC. A verb reads it once and hands it on."""
    return _set_to.get() or datetime.now(UTC)


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
