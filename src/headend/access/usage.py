"""What subscriptions use: counters per period and per day, moved together with the sessions that they add up."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from headend.access import rules
from headend.access.models import Subscription
from headend.system import engine, events, jobs

WARN_PERCENT: Final = 80


@dataclass(frozen=True, slots=True)
class Move:
    """What one report added to a subscription, in bytes and seconds, on a local day of its organization."""

    organization_id: int
    subscription_id: int
    day: date
    upload_bytes: int
    download_bytes: int
    seconds: int


def move(moves: Iterable[Move]) -> None:
    """Adds moves to days and to the current periods, and sees to limits that were crossed. Part of the caller's transaction.

    Rows are taken in the order of subscriptions, so that two batches never wait for each other.
    """
    by_day: dict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    by_subscription: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in moves:
        for total in (by_day[one.subscription_id, one.organization_id, one.day], by_subscription[one.subscription_id]):
            total[0] += one.upload_bytes
            total[1] += one.download_bytes
            total[2] += one.seconds
    if not by_subscription:
        return
    _move_days(by_day)
    _cross(_move_periods(by_subscription), by_subscription)


_DAYS: Final = """
INSERT INTO access_usageday (subscription_id, organization_id, day, upload_bytes, download_bytes, session_seconds)
VALUES {values}
ON CONFLICT (subscription_id, day) DO UPDATE SET
    upload_bytes = access_usageday.upload_bytes + excluded.upload_bytes,
    download_bytes = access_usageday.download_bytes + excluded.download_bytes,
    session_seconds = access_usageday.session_seconds + excluded.session_seconds
"""

_PERIODS: Final = """
INSERT INTO access_usageperiod (subscription_id, started_at, upload_bytes, download_bytes, session_seconds)
VALUES {values}
ON CONFLICT (subscription_id, started_at) DO UPDATE SET
    upload_bytes = access_usageperiod.upload_bytes + excluded.upload_bytes,
    download_bytes = access_usageperiod.download_bytes + excluded.download_bytes,
    session_seconds = access_usageperiod.session_seconds + excluded.session_seconds
RETURNING subscription_id, upload_bytes + download_bytes, session_seconds
"""


def _move_days(by_day: dict[tuple[int, int, date], list[int]]) -> None:
    ordered = sorted(by_day.items())
    parameters: list[Any] = []
    for (subscription_id, organization_id, day), (upload, download, seconds) in ordered:
        parameters += [
            subscription_id,
            organization_id,
            connection.ops.adapt_datefield_value(day),
            upload,
            download,
            seconds,
        ]
    with connection.cursor() as cursor:
        cursor.execute(_DAYS.format(values=", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(ordered))), parameters)


def _move_periods(by_subscription: dict[int, list[int]]) -> list[tuple[int, int, int, Subscription]]:
    """The new totals: (subscription id, bytes, seconds, subscription)."""
    running = Subscription.objects.filter(pk__in=by_subscription).select_related("organization").in_bulk()
    parameters: list[Any] = []
    ordered = sorted(set(by_subscription) & set(running))
    for subscription_id in ordered:
        upload, download, seconds = by_subscription[subscription_id]
        started_at = engine.instant(running[subscription_id].period_started_at)
        parameters += [subscription_id, started_at, upload, download, seconds]
    if not ordered:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PERIODS.format(values=", ".join(["(%s, %s, %s, %s, %s)"] * len(ordered))), parameters)
        return [(id_, total, seconds, running[id_]) for id_, total, seconds in cursor.fetchall()]


def _cross(totals: list[tuple[int, int, int, Subscription]], added: dict[int, list[int]]) -> None:
    for subscription_id, after, seconds_after, subscription in totals:
        upload, download, seconds = added[subscription_id]
        before, seconds_before = after - upload - download, seconds_after - seconds
        if rules.crossed(before, after, subscription.cap_bytes, WARN_PERCENT):
            _say(subscription, "usage.cap_near", after)
        if rules.crossed(before, after, subscription.cap_bytes, 100):
            _say(subscription, "usage.cap_reached", after)
            _enforce(subscription)
        if rules.crossed(seconds_before, seconds_after, subscription.time_limit_seconds, 100):
            _say(subscription, "usage.time_used_up", after)
            _enforce(subscription)


def _say(subscription: Subscription, kind: str, used_bytes: int) -> None:
    events.record(
        organization=subscription.organization,
        kind=kind,
        subject=subscription,
        by=None,
        payload={"plan": subscription.plan_name, "used_bytes": used_bytes, "cap_bytes": subscription.cap_bytes},
        customer_id=subscription.customer_id,
        unique_key=f"{kind}:{subscription.pk}:{_stamp(subscription.period_started_at)}",
    )


def _enforce(subscription: Subscription) -> None:
    jobs.queue("enforce", organization=subscription.organization, scope="subscription", scope_id=subscription.pk)


def _stamp(instant: datetime) -> str:
    return f"{instant.timestamp():.6f}"
