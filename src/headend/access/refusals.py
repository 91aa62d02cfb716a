"""How often who was refused, or which packets were dropped, for what: one row an hour, kept 30 days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from headend.access.models import RefusalCount
from headend.lib import clock, ids
from headend.system import engine
from headend.system.models import Organization

KEPT_DAYS: Final = 30
# Beyond this a flood is only summed up: its rows would cost more than they tell.
MOST_ROWS: Final = 1000
_NAME_LENGTH: Final = 253


@dataclass(frozen=True, slots=True)
class Refused:
    """One thing that was refused or dropped. `nas_id` and `organization_id` are None where the source is not ours."""

    reason: str
    source: str
    nas_id: int | None = None
    organization_id: int | None = None
    user_name: str = ""


def count(times: Iterable[tuple[Refused, int, datetime]]) -> None:
    """Adds to the counts: (what, how many times, when last). Rows are taken in one order, so that two processes never wait
    for each other. Beyond MOST_ROWS the rest is added up by reason, without names and sources.
    """
    rows = sorted(times, key=lambda entry: (entry[0].nas_id or 0, entry[0].source, entry[0].user_name, entry[0].reason))
    if not rows:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_UPSERT, [_values(*row) for row in _summed(rows)])


def of_names(*, organization: Organization, names: Iterable[str], since: datetime) -> list[RefusalCount]:
    """The counts of a customer's names, newest first."""
    rows = RefusalCount.objects.filter(organization=organization, name_key__in=_keys(names), hour__gte=since)
    return list(rows.select_related("nas").order_by("-last_at"))


def forget_names(*, organization: Organization, names: Iterable[str]) -> None:
    """Deletes the counts of these names, in any spelling."""
    RefusalCount.objects.filter(organization=organization, name_key__in=_keys(names)).delete()


def forget() -> int:
    """Deletes the counts older than KEPT_DAYS; returns how many."""
    return RefusalCount.objects.filter(hour__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()[0]


def _keys(names: Iterable[str]) -> set[str]:
    # A voucher's code is refused under the spelling in which it was typed.
    return {key for name in names for key in (ids.name_key(name), _as_read(name))}


def _as_read(name: str) -> str:
    code = ids.voucher_code(name)
    return ids.name_key(ids.pretty_code(code) if code else name)


_UPSERT: Final = """
INSERT INTO access_refusalcount (organization_id, nas_id, nas_key, source, user_name, name_key, reason, hour, count, last_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (nas_key, source, user_name, reason, hour)
DO UPDATE SET count = access_refusalcount.count + excluded.count, last_at = excluded.last_at
"""


def _summed(rows: list[tuple[Refused, int, datetime]]) -> list[tuple[Refused, int, datetime]]:
    if len(rows) <= MOST_ROWS:
        return rows
    rest: dict[str, tuple[int, datetime]] = {}
    for what, times, at in rows[MOST_ROWS:]:
        before = rest.get(what.reason, (0, at))
        rest[what.reason] = (before[0] + times, max(before[1], at))
    return rows[:MOST_ROWS] + [(Refused(reason, "many"), times, at) for reason, (times, at) in sorted(rest.items())]


def _values(what: Refused, times: int, at: datetime) -> list[Any]:
    name = what.user_name[:_NAME_LENGTH]
    hour = at.replace(minute=0, second=0, microsecond=0)
    return [
        what.organization_id,
        what.nas_id,
        what.nas_id or 0,
        what.source,
        name,
        ids.name_key(name)[:_NAME_LENGTH],
        what.reason,
        engine.instant(hour),
        times,
        engine.instant(at),
    ]
