"""Periods that were paid ahead: each with its own cap and time limit, begun by themselves, ended on the day of the anchor."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from headend.access import enforcement, facts, periods, plans, recording, subscriptions, vouchers
from headend.access.authorize import Code, Grant, Refusal, decide
from headend.access.metering import Report
from headend.access.models import Plan, Subscription, UsagePeriod
from headend.lib import clock
from headend.network.models import Command
from headend.reports import customers as customers_report
from headend.system import organizations
from headend.system.models import Event
from tests.kit.verbs import enforced, event, forget, happened, refused
from tests.kit.vouchers import sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CAP = 2_000_000_000
HOUR = timedelta(hours=1)


def running(world: World, at: datetime = NOON, plan: Plan | None = None) -> Subscription:
    """A day pass of 2 GB and 8 hours of Otieno's, whose first period begins at `at`."""
    with clock.at(at):
        made = subscriptions.create(customer=world.otieno, plan=plan or world.day_pass, username="second", by=None)
        return subscriptions.activate(subscription=made, by=None)


def renewed(subscription: Subscription, at: datetime) -> Subscription:
    with clock.at(at):
        return subscriptions.activate(subscription=subscription, by=None)


def used(world: World, total_bytes: int, at: datetime, *, seconds: int = 60, session: str = "81a00009") -> None:
    """The NAS reports at `at` that the session has come to so much."""
    with clock.at(at):
        recording.record(
            [
                Report(
                    kind="interim",
                    organization_id=world.organization.pk,
                    nas_id=world.hilltop.pk,
                    zone=world.organization.timezone,
                    user_name="second",
                    acct_session_id=session,
                    event_at=at,
                    seconds=seconds,
                    upload_octets=0,
                    download_octets=total_bytes,
                )
            ]
        )


def left(world: World, at: datetime) -> int | Code | None:
    """The data that a login at `at` may use, or why it is refused."""
    with clock.at(at):
        decision = decide(facts.for_name(world.organization, "second"))
    return decision.code if isinstance(decision, Refusal) else decision.remaining_bytes


def spans(subscription: Subscription) -> list[tuple[datetime, datetime | None]]:
    """From when to when the periods of a subscription run, but for the draft's."""
    rows = UsagePeriod.objects.filter(subscription=subscription, ends_at__isnull=False).order_by("started_at")
    return list(rows.values_list("started_at", "ends_at"))


def next_id(subscription: Subscription, at: datetime) -> int:
    return periods.of(subscription_ids=[subscription.pk], now=at)[subscription.pk][1].pk


# ---- each period has its own cap ----


def test_two_periods_paid_ahead_have_their_cap_in_each(world: World) -> None:
    subscription = running(world)
    for _ in range(2):
        subscription = renewed(subscription, NOON + HOUR)
    assert spans(subscription) == [(NOON + n * DAY, NOON + (n + 1) * DAY) for n in range(3)]

    used(world, CAP, NOON + 2 * HOUR)
    assert left(world, NOON + 3 * HOUR) is Code.CAP_REACHED
    assert left(world, NOON + DAY - timedelta(seconds=1)) is Code.CAP_REACHED

    # Nothing runs at the turn of the period: it has begun when its time has come.
    assert left(world, NOON + DAY) == CAP
    used(world, CAP + 500_000_000, NOON + DAY + HOUR, seconds=120)
    assert left(world, NOON + DAY + 2 * HOUR) == CAP - 500_000_000
    used(world, 2 * CAP, NOON + DAY + 3 * HOUR, seconds=180)
    assert left(world, NOON + DAY + 4 * HOUR) is Code.CAP_REACHED

    assert left(world, NOON + 2 * DAY) == CAP
    assert left(world, NOON + 3 * DAY) is Code.SUBSCRIPTION_EXPIRED
    # What was used stands in the period in which it came, and nothing is lost.
    periods = UsagePeriod.objects.filter(subscription=subscription, ends_at__isnull=False).order_by("started_at")
    assert [period.used_bytes for period in periods] == [CAP, CAP, 0]


def test_the_time_limit_begins_anew_with_each_period(world: World) -> None:
    renewed(running(world), NOON + HOUR)
    used(world, 1, NOON + 8 * HOUR, seconds=8 * 3600)
    assert left(world, NOON + 9 * HOUR) is Code.TIME_USED_UP

    assert left(world, NOON + DAY) == CAP
    used(world, 2, NOON + DAY + HOUR, seconds=9 * 3600)

    with clock.at(NOON + DAY + HOUR):
        assert facts.for_name(world.organization, "second").used_seconds == 3600


def test_each_period_warns_once(world: World) -> None:
    renewed(running(world), NOON + HOUR)
    forget()

    used(world, CAP * 8 // 10, NOON + 2 * HOUR)
    used(world, CAP, NOON + 3 * HOUR, seconds=120)
    assert happened() == ["usage.cap_near", "usage.cap_reached"]

    used(world, CAP + CAP // 2, NOON + DAY + HOUR, seconds=180)
    assert happened() == ["usage.cap_near", "usage.cap_reached"]
    used(world, 2 * CAP, NOON + DAY + 2 * HOUR, seconds=240)
    assert happened() == ["usage.cap_near", "usage.cap_reached"] * 2
    assert [row.payload["used_bytes"] for row in Event.objects.filter(kind="usage.cap_reached")] == [CAP, CAP]


def test_who_is_online_when_a_period_ends_stays_so(world: World) -> None:
    renewed(running(world), NOON + HOUR)
    used(world, CAP - 1, NOON + 2 * HOUR)

    # The report that comes over the cap of the first period is of the second already.
    used(world, CAP + 1_000, NOON + DAY + HOUR, seconds=120)
    with clock.at(NOON + DAY + HOUR):
        assert enforcement.sweep() == 0
    assert not Command.objects.exists()

    used(world, 2 * CAP, NOON + DAY + 2 * HOUR, seconds=180)
    with clock.at(NOON + DAY + 2 * HOUR):
        assert enforcement.sweep() == 1
    assert Command.objects.get().reason == Code.CAP_REACHED


def test_a_session_lasts_to_the_end_of_the_period_whose_data_its_router_was_told(world: World) -> None:
    renewed(running(world), NOON)
    renewed(world.otieno_home, clock.now())

    with clock.at(NOON + HOUR):
        limited = decide(facts.for_name(world.organization, "second"))
    unlimited = decide(facts.for_name(world.organization, "otieno"))

    assert isinstance(limited, Grant)
    assert isinstance(unlimited, Grant)
    # It has 8 hours of online time; without, it is the end of the period.
    assert limited.session_timeout_seconds == 8 * 3600
    plans.edit(plan=world.day_pass, by=None, time_limit_seconds=None)
    Subscription.objects.filter(plan=world.day_pass).update(time_limit_seconds=None)
    with clock.at(NOON + HOUR):
        limited = decide(facts.for_name(world.organization, "second"))
    assert isinstance(limited, Grant)
    assert limited.session_timeout_seconds == 23 * 3600
    # Without a limit nothing begins anew: the line is not cut in the middle of what was paid.
    assert unlimited.session_timeout_seconds is not None
    assert unlimited.session_timeout_seconds > 55 * 24 * 3600


# ---- renewing early ----


def test_renewing_early_loses_neither_days_nor_data(world: World) -> None:
    subscription = running(world)
    used(world, 500_000_000, NOON + HOUR)

    subscription = renewed(subscription, NOON + 2 * HOUR)

    assert subscription.expires_at == NOON + 2 * DAY
    assert left(world, NOON + 3 * HOUR) == CAP - 500_000_000
    assert left(world, NOON + DAY) == CAP


def test_who_has_used_it_up_and_renews_is_online_at_once(world: World) -> None:
    subscription = running(world)
    used(world, CAP, NOON + HOUR)
    assert left(world, NOON + HOUR) is Code.CAP_REACHED

    subscription = renewed(subscription, NOON + 2 * HOUR)

    assert left(world, NOON + 2 * HOUR) == CAP
    # The day that was left of the first period is in the second.
    assert spans(subscription) == [(NOON, NOON + 2 * HOUR), (NOON + 2 * HOUR, NOON + 2 * DAY)]
    assert left(world, NOON + 2 * DAY - HOUR) == CAP
    assert left(world, NOON + 2 * DAY) is Code.SUBSCRIPTION_EXPIRED


def test_what_was_paid_ahead_begins_first_when_more_is_paid(world: World) -> None:
    subscription = renewed(running(world), NOON + HOUR)
    used(world, CAP, NOON + 2 * HOUR)

    subscription = renewed(subscription, NOON + 3 * HOUR)

    assert spans(subscription) == [
        (NOON, NOON + 3 * HOUR),
        (NOON + 3 * HOUR, NOON + 2 * DAY),
        (NOON + 2 * DAY, NOON + 3 * DAY),
    ]


def test_a_late_report_of_a_package_that_ran_out_counts_in_its_last_period(world: World) -> None:
    subscription = renewed(running(world), NOON + HOUR)

    used(world, 700, NOON + 5 * DAY)

    assert UsagePeriod.objects.get(subscription=subscription, ends_at=NOON + 2 * DAY).used_bytes == 700


# ---- beginning the next one now ----


def test_the_next_period_begins_when_somebody_asks_for_it(world: World) -> None:
    subscription = renewed(renewed(running(world), NOON + HOUR), NOON + HOUR)
    used(world, 500_000_000, NOON + HOUR)
    period_id = next_id(subscription, NOON + 2 * HOUR)
    operator = world.staff["operator"].staff
    forget()

    with clock.at(NOON + 2 * HOUR):
        for _ in range(2):
            # Pressed twice, the one after it stays.
            subscriptions.begin_next(subscription=subscription, period_id=period_id, by=operator)

    assert left(world, NOON + 2 * HOUR) == CAP
    assert spans(subscription) == [
        (NOON, NOON + 2 * HOUR),
        (NOON + 2 * HOUR, NOON + 2 * DAY),
        (NOON + 2 * DAY, NOON + 3 * DAY),
    ]
    begun = event("subscription.period_begun")
    assert (begun.staff, begun.customer_id) == (operator, world.otieno.pk)
    assert begun.payload == {"plan": "Day pass", "ends_at": "2026-12-02T09:00:00+00:00"}
    assert enforced() == {("subscription", subscription.pk)}


def test_only_the_next_period_can_be_begun(world: World) -> None:
    subscription = renewed(renewed(running(world), NOON), NOON)
    second, third = UsagePeriod.objects.filter(subscription=subscription, started_at__gt=NOON).order_by("started_at")
    other = UsagePeriod.objects.filter(subscription=world.otieno_home).latest("started_at")

    with clock.at(NOON + HOUR):
        for period in (third, other):
            with refused("period_not_next"):
                subscriptions.begin_next(subscription=subscription, period_id=period.pk, by=None)
        subscriptions.end(subscription=subscription, by=None)
        with refused("subscription_ended"):
            subscriptions.begin_next(subscription=subscription, period_id=second.pk, by=None)


def test_the_periods_of_a_package_are_listed(world: World) -> None:
    subscription = renewed(running(world), NOON + HOUR)
    used(world, 5_000, NOON + HOUR)

    def package(at: datetime) -> customers_report.Package:
        own = customers_report.packages_of(world.organization, [world.otieno.pk], at)[world.otieno.pk]
        return next(package for package in own if package.subscription == subscription)

    before, after = package(NOON + 2 * HOUR), package(NOON + DAY + HOUR)
    assert (before.used.total_bytes, before.ends_at, len(before.ahead)) == (5_000, NOON + DAY, 1)
    assert (after.used.total_bytes, after.ends_at, after.ahead) == (0, NOON + 2 * DAY, [])


# ---- the day of the anchor ----


def monthly(world: World, **more: Any) -> Plan:
    terms: dict[str, Any] = {"validity_count": 1, "validity_unit": "months", "connection_type": "pppoe", **more}
    return plans.add(
        organization=world.organization,
        by=None,
        name="Monthly",
        price_minor=100_000,
        download_kbps=None,
        upload_kbps=None,
        **terms,
    )


def local(world: World, instant: datetime | None) -> str:
    assert instant is not None
    return f"{instant.astimezone(ZoneInfo(world.organization.timezone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        (
            "Africa/Nairobi",
            "2026-01-31 10:00",
            ["2026-02-28 10:00", "2026-03-31 10:00", "2026-04-30 10:00", "2026-05-31 10:00"],
        ),
        ("Africa/Nairobi", "2028-01-31 10:00", ["2028-02-29 10:00", "2028-03-31 10:00", "2028-04-30 10:00"]),
        ("Africa/Nairobi", "2027-12-30 10:00", ["2028-01-30 10:00", "2028-02-29 10:00", "2028-03-30 10:00"]),
        ("Africa/Nairobi", "2026-12-29 10:00", ["2027-01-29 10:00", "2027-02-28 10:00", "2027-03-29 10:00"]),
        # It is another day in UTC.
        ("Africa/Nairobi", "2026-01-31 01:00", ["2026-02-28 01:00", "2026-03-31 01:00", "2026-04-30 01:00"]),
        # Clocks go forward and back: it stays the hour of that place.
        ("Europe/Berlin", "2026-01-31 00:30", ["2026-02-28 00:30", "2026-03-31 00:30", "2026-04-30 00:30"]),
        # 02:30 is no time in Berlin on 29 March 2026, and one again a month later.
        ("Europe/Berlin", "2026-01-29 02:30", ["2026-02-28 02:30", "2026-03-29 03:30", "2026-04-29 02:30"]),
    ],
)
@pytest.mark.parametrize("ahead", [True, False])
def test_the_day_of_the_anchor_is_kept(world: World, zone: str, begins: str, ends: list[str], ahead: bool) -> None:
    organizations.edit(organization=world.organization, by=None, timezone=zone)
    at = datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    subscription = running(world, at, monthly(world))
    found = [local(world, subscription.expires_at)]
    for _ in ends[1:]:
        # All at once, or each a day before the period ends.
        assert subscription.expires_at is not None
        subscription = renewed(subscription, at + HOUR if ahead else subscription.expires_at - DAY)
        found.append(local(world, subscription.expires_at))
    assert found == ends


def test_a_late_renewal_begins_another_anchor(world: World) -> None:
    subscription = running(world, datetime(2026, 1, 31, 9, tzinfo=UTC), monthly(world))
    # It ran to 28 February. A renewal at that very instant would still be in time.
    at_the_end = datetime(2026, 2, 28, 9, tzinfo=UTC)
    assert subscriptions.next_of(subscription=subscription, now=at_the_end).ends_at == datetime(
        2026, 3, 31, 9, tzinfo=UTC
    )

    subscription = renewed(subscription, datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert subscription.expires_at == datetime(2026, 4, 2, 9, tzinfo=UTC)
    subscription = renewed(subscription, datetime(2026, 3, 31, 9, tzinfo=UTC))
    assert subscription.expires_at == datetime(2026, 5, 2, 9, tzinfo=UTC)


def test_beginning_the_next_period_keeps_the_anchor(world: World) -> None:
    subscription = running(world, datetime(2026, 1, 31, 9, tzinfo=UTC), monthly(world, cap_bytes=CAP))
    used(world, CAP, datetime(2026, 2, 10, 9, tzinfo=UTC))
    for day, end in ((11, (3, 31)), (12, (4, 30))):
        subscription = renewed(subscription, datetime(2026, 2, day, 9, tzinfo=UTC))
        assert subscription.expires_at == datetime(2026, *end, 9, tzinfo=UTC)


def test_a_voucher_of_a_month_ends_with_the_month(world: World) -> None:
    voucher = sold(world, validity_count=1, validity_unit="months")

    ends = vouchers.start([vouchers.FirstUse(voucher.pk, "", datetime(2026, 1, 31, 9, tzinfo=UTC))])

    assert ends[voucher.pk] == datetime(2026, 2, 28, 9, tzinfo=UTC)


def test_where_the_clock_was_set_back_the_first_period_counts_as_the_present_one(world: World) -> None:
    subscription = running(world)
    renewed(subscription, NOON)
    found = periods.of(subscription_ids=[subscription.pk], now=NOON - 3 * DAY)[subscription.pk]
    assert [period.started_at for period in found] == [NOON, NOON + DAY]
    with clock.at(NOON - 3 * DAY):
        renewed(subscription, NOON - 3 * DAY)
