"""What subscriptions and vouchers use: counters moved together with the sessions that they add up.

A subscription's are kept per period, a voucher's on its own row, and both per day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from headend.access import happenings, metering
from headend.access.models import Subscription, Voucher
from headend.customers import work
from headend.customers.work import Scope
from headend.lib import clock
from headend.system import engine, events
from headend.system.events import Happened

WARN_PERCENT: Final = 80


@dataclass(slots=True)
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
    def counted_in(self) -> tuple[str, int]:
        """The column of whom it was added to, and the id."""
        if self.voucher_id is not None:
            return "voucher_id", self.voucher_id
        assert self.subscription_id is not None, "usage is of a subscription or of a voucher"
        return "subscription_id", self.subscription_id


@dataclass(frozen=True, slots=True)
class Rise:
    """From and to how many whole percent of its cap the data of a customer's subscription rose."""

    customer_id: int
    organization_id: int
    before: int
    after: int


# Upload, download, seconds.
Sums = list[int]
# By the id of whom it was added to, organization and day.
Days = dict[tuple[int, int, date], Sums]


def move(moves: Iterable[Move]) -> None:
    """Adds moves to days, to the current periods and to vouchers, and sees to limits that were crossed. Part of the caller's
    transaction.

    Rows are taken in the order of subscriptions, then of vouchers, so that two batches never wait for each other.
    """
    days: dict[str, Days] = {"subscription_id": _sums(), "voucher_id": _sums()}
    totals: dict[str, dict[int, Sums]] = {"subscription_id": _sums(), "voucher_id": _sums()}
    for one in moves:
        column, id_ = one.counted_in
        for total in (days[column][id_, one.organization_id, one.day], totals[column][id_]):
            total[0] += one.upload_bytes
            total[1] += one.download_bytes
            total[2] += one.seconds
    for column, by_day in days.items():
        if by_day:
            _move_days(column, by_day)
    by_subscription, by_voucher = totals["subscription_id"], totals["voucher_id"]
    if by_subscription:
        _cross(_move_periods(by_subscription), by_subscription)
    if by_voucher:
        _move_vouchers(by_voucher)


def _sums() -> defaultdict[Any, Sums]:
    return defaultdict(lambda: [0, 0, 0])


_DAYS: Final = """
INSERT INTO access_usageday ({column}, organization_id, day, upload_bytes, download_bytes, session_seconds)
SELECT * FROM {rows} AS r WHERE true
ON CONFLICT ({column}, day) WHERE {column} IS NOT NULL DO UPDATE SET
    upload_bytes = access_usageday.upload_bytes + excluded.upload_bytes,
    download_bytes = access_usageday.download_bytes + excluded.download_bytes,
    session_seconds = access_usageday.session_seconds + excluded.session_seconds
"""

_PERIODS: Final = """
INSERT INTO access_usageperiod (subscription_id, started_at, upload_bytes, download_bytes, session_seconds)
SELECT r.column1, COALESCE(
    (SELECT MAX(q.started_at) FROM access_usageperiod q WHERE q.subscription_id = r.column1 AND q.started_at <= %s),
    (SELECT MIN(q.started_at) FROM access_usageperiod q WHERE q.subscription_id = r.column1)
), r.column2, r.column3, r.column4
FROM {rows} AS r WHERE true
ON CONFLICT (subscription_id, started_at) DO UPDATE SET
    upload_bytes = access_usageperiod.upload_bytes + excluded.upload_bytes,
    download_bytes = access_usageperiod.download_bytes + excluded.download_bytes,
    session_seconds = access_usageperiod.session_seconds + excluded.session_seconds
RETURNING subscription_id, upload_bytes + download_bytes, session_seconds, started_at
"""

_VOUCHERS: Final = """
UPDATE access_voucher SET upload_bytes = upload_bytes + %s, download_bytes = download_bytes + %s,
    session_seconds = session_seconds + %s
WHERE id = %s
"""


_LIMITS: Final = """
SELECT id, cap_bytes, time_limit_seconds, customer_id, organization_id FROM access_subscription
WHERE id {marks} AND (cap_bytes IS NOT NULL OR time_limit_seconds IS NOT NULL)
"""

# Both kinds of usage triggers in one statement; the first column tells them apart.
_TRIGGERS: Final = """
SELECT 1, customer_id, percent FROM access_trigger WHERE customer_id {customers}
UNION ALL SELECT 0, organization_id, percent FROM access_defaulttrigger WHERE organization_id {organizations}
"""


def _move_days(column: str, by_day: Days) -> None:
    text, parameters = engine.table(
        ("bigint", "bigint", "date", "bigint", "bigint", "bigint"),
        [(id_, organization_id, day, *sums) for (id_, organization_id, day), sums in sorted(by_day.items())],
    )
    engine.rows(_DAYS.format(column=column, rows=text), parameters)


def _move_periods(by_subscription: dict[int, Sums]) -> dict[int, tuple[int, int, Any]]:
    """The new totals of the present periods: bytes and seconds by subscription, and when the period began, as it is read."""
    text, parameters = engine.table(
        ("bigint", "bigint", "bigint", "bigint"), [(id_, *sums) for id_, sums in sorted(by_subscription.items())]
    )
    now = engine.instant(clock.now())
    return {id_: tuple(values) for id_, *values in engine.rows(_PERIODS.format(rows=text), [now, *parameters])}


def _cross(totals: dict[int, tuple[int, int, Any]], added: dict[int, Sums]) -> None:
    marks, ids = engine.among("bigint", sorted(totals))
    limited = engine.rows(_LIMITS.format(marks=marks), ids)
    rises = _rises(limited, totals, added)
    triggered = _triggered(rises)
    for subscription_id, cap_bytes, limit_seconds, *_owners in limited:
        upload, download, seconds = added[subscription_id]
        after, seconds_after, started_at = totals[subscription_id]
        before, seconds_before = after - upload - download, seconds_after - seconds
        near = metering.crossed(before, after, cap_bytes, WARN_PERCENT)
        reached = metering.crossed(before, after, cap_bytes, 100)
        used_up = metering.crossed(seconds_before, seconds_after, limit_seconds, 100)
        percent = triggered.get(subscription_id)
        if not (near or reached or used_up or percent):
            continue
        subscription = Subscription.objects.select_related("organization").get(pk=subscription_id)
        began_at = engine.read_instant(started_at)
        assert began_at is not None, "the column is never null"
        used: Any = {"plan": subscription.plan_name, "used_bytes": after, "cap_bytes": subscription.cap_bytes}
        for is_so, happening in (
            (near, happenings.USAGE_CAP_NEAR),
            (reached, happenings.USAGE_CAP_REACHED),
            (used_up, happenings.USAGE_TIME_USED_UP),
        ):
            if is_so:
                _say(subscription, happening(**used), began_at)
        if percent:
            happened = happenings.USAGE_REACHED(**used, percent=percent, after_percent=rises[subscription_id].before)
            # Under another cap it may come to the same percentage anew.
            _say(subscription, happened, began_at, f":{cap_bytes}:{percent}")
        if reached or used_up:
            _enforce(subscription)


def _rises(
    limited: Iterable[Sequence[Any]], totals: dict[int, tuple[int, int, Any]], added: dict[int, Sums]
) -> dict[int, Rise]:
    """The subscriptions that came to a further whole percent of their cap: of the reports of one evening, few."""
    rises = {}
    for subscription_id, cap_bytes, _seconds, customer_id, organization_id in limited:
        if cap_bytes:
            after = totals[subscription_id][0]
            before = after - added[subscription_id][0] - added[subscription_id][1]
            percent = metering.percent(after, cap_bytes)
            if (was := metering.percent(before, cap_bytes)) < percent:
                rises[subscription_id] = Rise(customer_id, organization_id, was, percent)
    return rises


def _triggered(rises: dict[int, Rise]) -> dict[int, int]:
    """The highest usage trigger that each of `rises` has come past. Without a rise nothing is asked."""
    if not rises:
        return {}
    customers, customer_ids = engine.among("bigint", sorted({rise.customer_id for rise in rises.values()}))
    organizations, ids = engine.among("bigint", sorted({rise.organization_id for rise in rises.values()}))
    percents: dict[tuple[int, int], list[int]] = defaultdict(list)
    statement = _TRIGGERS.format(customers=customers, organizations=organizations)
    for is_own, id_, percent in engine.rows(statement, [*customer_ids, *ids]):
        percents[is_own, id_].append(percent)
    found = {}
    for subscription_id, rise in rises.items():
        known = percents.get((1, rise.customer_id), []) + percents.get((0, rise.organization_id), [])
        passed = [percent for percent in known if rise.before < percent <= rise.after]
        if passed:
            found[subscription_id] = max(passed)
    return found


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
        happenings.VOUCHER_SPENT(
            plan=voucher.plan_name,
            code=voucher.code,
            used_bytes=voucher.used_bytes,
            cap_bytes=voucher.cap_bytes,
            used_seconds=voucher.session_seconds,
            time_limit_seconds=voucher.time_limit_seconds,
        ),
        organization=voucher.organization,
        subject=voucher,
        by=None,
        customer_id=voucher.customer_id,
        unique_key=f"{happenings.VOUCHER_SPENT.kind}:{voucher.pk}",
    )
    work.decide_again(Scope.VOUCHER, voucher.pk, organization=voucher.organization)


def _say(subscription: Subscription, happened: Happened, began_at: datetime, further: str = "") -> None:
    """Once for each period of a subscription, and for what `further` tells apart."""
    events.record(
        happened,
        organization=subscription.organization,
        subject=subscription,
        by=None,
        customer_id=subscription.customer_id,
        unique_key=f"{happened.kind}:{subscription.pk}:{_stamp(began_at)}{further}",
    )


def _enforce(subscription: Subscription) -> None:
    work.decide_again(Scope.SUBSCRIPTION, subscription.pk, organization=subscription.organization)


def _stamp(instant: datetime) -> str:
    return f"{instant.timestamp():.6f}"
