"""What subscriptions and vouchers use: counters moved together with the sessions that they add up.

A subscription's are kept per period, a voucher's on its own row, and both per day.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from headend.access import rules
from headend.access.models import Subscription, Voucher
from headend.system import engine, events, jobs

WARN_PERCENT: Final = 80


@dataclass(frozen=True, slots=True)
class Move:
    """What one report added to a subscription or a voucher (one of the two), in bytes and seconds, on a local day of its
    organization.
    """

    organization_id: int
    subscription_id: int | None
    voucher_id: int | None
    day: date
    upload_bytes: int
    download_bytes: int
    seconds: int

    @property
    def owner(self) -> tuple[str, int]:
        """The column of whom it was added to, and the id."""
        if self.voucher_id is not None:
            return "voucher_id", self.voucher_id
        assert self.subscription_id is not None, "usage is of a subscription or of a voucher"
        return "subscription_id", self.subscription_id


# Upload, download, seconds.
Sums = list[int]
# By owner's id, organization and day.
Days = dict[tuple[int, int, date], Sums]


def move(moves: Iterable[Move]) -> None:
    """Adds moves to days, to the current periods and to vouchers, and sees to limits that were crossed. Part of the caller's
    transaction.

    Rows are taken in the order of subscriptions, then of vouchers, so that two batches never wait for each other.
    """
    days: dict[str, Days] = {"subscription_id": _sums(), "voucher_id": _sums()}
    totals: dict[str, dict[int, Sums]] = {"subscription_id": _sums(), "voucher_id": _sums()}
    for one in moves:
        owner, owner_id = one.owner
        for total in (days[owner][owner_id, one.organization_id, one.day], totals[owner][owner_id]):
            total[0] += one.upload_bytes
            total[1] += one.download_bytes
            total[2] += one.seconds
    for owner, by_day in days.items():
        if by_day:
            _move_days(owner, by_day)
    by_subscription, by_voucher = totals["subscription_id"], totals["voucher_id"]
    if by_subscription:
        _cross(_move_periods(by_subscription), by_subscription)
    if by_voucher:
        _move_vouchers(by_voucher)


def _sums() -> defaultdict[Any, Sums]:
    return defaultdict(lambda: [0, 0, 0])


_DAYS: Final = """
INSERT INTO access_usageday ({owner}, organization_id, day, upload_bytes, download_bytes, session_seconds)
VALUES {values}
ON CONFLICT ({owner}, day) DO UPDATE SET
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

_VOUCHERS: Final = """
UPDATE access_voucher SET upload_bytes = upload_bytes + %s, download_bytes = download_bytes + %s,
    session_seconds = session_seconds + %s
WHERE id = %s
"""


def _move_days(owner: str, by_day: Days) -> None:
    ordered = sorted(by_day.items())
    parameters: list[Any] = []
    for (owner_id, organization_id, day), (upload, download, seconds) in ordered:
        parameters += [
            owner_id,
            organization_id,
            connection.ops.adapt_datefield_value(day),
            upload,
            download,
            seconds,
        ]
    with connection.cursor() as cursor:
        values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(ordered))
        cursor.execute(_DAYS.format(owner=owner, values=values), parameters)


def _move_periods(by_subscription: dict[int, Sums]) -> list[tuple[int, int, int, Subscription]]:
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


def _cross(totals: list[tuple[int, int, int, Subscription]], added: dict[int, Sums]) -> None:
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


def _move_vouchers(by_voucher: dict[int, Sums]) -> None:
    # Not the lock that keeps keys: a session that begins in another transaction only wants to know that the voucher exists.
    rows = Voucher.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=by_voucher)
    running = list(rows.select_related("organization").order_by("pk"))
    with connection.cursor() as cursor:
        cursor.executemany(_VOUCHERS, [[*by_voucher[voucher.pk], voucher.pk] for voucher in running])
    for voucher in running:
        was_spent = voucher.is_spent
        upload, download, seconds = by_voucher[voucher.pk]
        voucher.upload_bytes += upload
        voucher.download_bytes += download
        voucher.session_seconds += seconds
        if voucher.is_spent and not was_spent:
            _say_spent(voucher)


def _say_spent(voucher: Voucher) -> None:
    events.record(
        organization=voucher.organization,
        kind="voucher.spent",
        subject=voucher,
        by=None,
        payload={
            "plan": voucher.plan_name,
            "code": voucher.code,
            "used_bytes": voucher.used_bytes,
            "cap_bytes": voucher.cap_bytes,
            "used_seconds": voucher.session_seconds,
            "time_limit_seconds": voucher.time_limit_seconds,
        },
        customer_id=voucher.customer_id,
        unique_key=f"voucher.spent:{voucher.pk}",
    )
    jobs.queue("enforce", organization=voucher.organization, scope="voucher", scope_id=voucher.pk)


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
