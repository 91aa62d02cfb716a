"""The one place where the product reads the time."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC. A verb reads it once and hands it on."""
    return datetime.now(UTC)


def local_day(instant: datetime, zone: str) -> date:
    """The day that `instant` belongs to in `zone` (an IANA name)."""
    return instant.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).astimezone(UTC)


def day_end(day: date, zone: str) -> datetime:
    """The instant at which a local day is over, in UTC: a date that ends something ends it here."""
    return day_start(day + timedelta(days=1), zone)


def _zone(zone: str) -> tzinfo:
    return ZoneInfo(zone)
