"""How long a plan runs: minutes and hours in UTC, days and months in the organization's zone."""

import calendar
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["minutes", "hours", "days", "months"]
UNITS: tuple[Unit, ...] = ("minutes", "hours", "days", "months")


def add(start: datetime, amount: int, unit: Unit, zone: str) -> datetime:
    """The instant `amount` units after `start`. Months are clamped to the month's end (31 January + 1 = 28 February).

    `zone` is an IANA name; the result is in UTC. Raises ValueError for an unknown unit.
    """
    if unit == "minutes":
        return start.astimezone(UTC) + timedelta(minutes=amount)
    if unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=amount)
    local = start.astimezone(ZoneInfo(zone))
    if unit == "days":
        return (local + timedelta(days=amount)).astimezone(UTC)
    if unit == "months":
        return _add_months(local, amount).astimezone(UTC)
    raise ValueError(f"unknown unit: {unit}")


def _add_months(local: datetime, amount: int) -> datetime:
    count = local.year * 12 + local.month - 1 + amount
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))
