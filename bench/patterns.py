"""A hundred customers whose two months were lived by the product's own verbs: all others of a large provider are copies of them.

What a customer is follows from the number: two are online, one is disabled, one is deleted, one is in a group that is halted,
five have let their package run out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

COUNT: Final = 100
ONLINE: Final = (0, 50)
DISABLED: Final = 7
DELETED: Final = 11
IN_HALTED_GROUP: Final = 13
# Every twentieth from here on has not paid since.
EXPIRED: Final = 3

SURNAME: Final = "Mwangi"
MAIL: Final = "@gmail.com"
MAC_HEAD: Final = "02000000"
FIRST_PHONE: Final = 254_700_000_000
PLANS: Final = 8
SITES: Final = 10
NASES: Final = 100
GROUPS: Final = 9
USED_DAYS: Final = 30
SESSION_DAYS: Final = 6
# How long ago the package of those ended who have not paid since.
GONE_DAYS: Final = 40
EVENTS_EACH: Final = 3
_SYLLABLES: Final = [consonant + vowel for consonant in "bdfgkmnprstw" for vowel in "aeiou"]
_GIB: Final = 2**30


@dataclass(slots=True)
class Pattern:
    """One of the hundred, while they are lived."""

    number: int
    username: str
    customer: Any = None
    subscription: Any = None
    open_since: datetime | None = None
    bytes_used: int = 0

    @property
    def shift_days(self) -> int:
        """How long ago the last day was on which it was used; 0 is yesterday."""
        return GONE_DAYS if self.number % 20 == EXPIRED else 0

    @property
    def renewed_days_ago(self) -> int:
        return self.shift_days + 1 + self.number % 25

    @property
    def mac(self) -> str:
        return f"{MAC_HEAD}{self.number:04X}"

    @property
    def day_bytes(self) -> int:
        """What is downloaded on each day: 100 MB to 2 GB, whatever the plan."""
        return (1 + self.number % 20) * 100_000_000


def word(number: int, syllables: int) -> str:
    """A name made of syllables, another one for each number."""
    size = len(_SYLLABLES) ** syllables
    rest, parts = number * 7919 % size, []
    for _ in range(syllables):
        rest, part = divmod(rest, len(_SYLLABLES))
        parts.append(_SYLLABLES[part])
    return "".join(parts)


def live(organization: Any, now: datetime) -> list[Pattern]:
    """Makes the provider and the hundred, day by day. Afterwards each has EVENTS_EACH Events, and nothing waits for the worker."""
    from headend.lib import clock

    # Plain numbers, which copies go on with.
    organization.account_prefix = ""
    organization.save(update_fields=["account_prefix"])
    provider = _found(organization)
    patterns = [Pattern(number, f"{word(number, 2)}.{SURNAME.lower()}") for number in range(COUNT)]
    today = clock.local_day(now, organization.timezone)
    first = max(pattern.renewed_days_ago for pattern in patterns) + 31
    for days_ago in range(first, 0, -1):
        day = today - timedelta(days=days_ago)
        start = clock.day_start(day, organization.timezone)
        with clock.at(start + timedelta(hours=9)):
            for pattern in patterns:
                _pay(organization, provider, pattern, days_ago)
        with clock.at(start + timedelta(hours=23, minutes=50)):
            _report(organization, provider, patterns, days_ago)
    _leave(organization, provider, patterns, now)
    _forget(patterns)
    return patterns


@dataclass(slots=True)
class Provider:
    """What the hundred buy, and where they are."""

    plans: list[Any]
    nases: list[Any]
    sites: list[Any]
    groups: list[Any]


def _found(organization: Any) -> Provider:
    from headend.access import plans
    from headend.customers import groups
    from headend.network import nas
    from headend.system import sites

    given = {"organization": organization, "by": None}
    sold = [
        plans.add(
            **given,
            name=f"Home {number + 1}",
            connection_type="pppoe",
            price_minor=100_000 + number * 50_000,
            download_kbps=5_000 * (number + 1),
            upload_kbps=1_000 * (number + 1),
            validity_count=1,
            validity_unit="months",
            cap_bytes=500 * _GIB if number % 2 else None,
        )
        for number in range(PLANS)
    ]
    places = [sites.add(**given, name=f"Tower {number + 1}") for number in range(SITES)]
    routers = [
        nas.add(**given, name=f"router-{number + 1}", address=f"10.9.0.{number + 1}", site=places[number % SITES])
        for number in range(NASES)
    ]
    return Provider(
        sold, routers, places, [groups.add(**given, name=f"Estate {number + 1}") for number in range(GROUPS)]
    )


def _pay(organization: Any, provider: Provider, pattern: Pattern, days_ago: int) -> None:
    """Signs up a month before it renews; pays both times."""
    from headend.access import subscriptions
    from headend.access.models import Subscription
    from headend.billing import receipts
    from headend.customers import customers

    if days_ago == pattern.renewed_days_ago + 31:
        pattern.customer = customers.register(
            organization=organization,
            by=None,
            first_name=word(pattern.number, 2).title(),
            last_name=SURNAME,
            phone=f"+{FIRST_PHONE + pattern.number}",
            email=f"{word(pattern.number, 2)}{pattern.number:02d}{MAIL}",
            group=provider.groups[-1 if pattern.number == IN_HALTED_GROUP else pattern.number % (GROUPS - 1)],
            site=provider.sites[pattern.number % SITES],
        )
        pattern.subscription = subscriptions.create(
            customer=pattern.customer,
            plan=provider.plans[pattern.number % PLANS],
            username=pattern.username,
            password=password(pattern.username),
            by=None,
        )
    elif days_ago != pattern.renewed_days_ago:
        return
    receipts.take(
        customer=pattern.customer,
        method="mobile",
        amount_minor=pattern.subscription.price_minor,
        key=f"bench-{pattern.number}-{days_ago}",
        reference=f"B{pattern.number:02d}{days_ago:03d}",
        subscription=Subscription.objects.select_related("organization", "customer", "plan").get(
            pk=pattern.subscription.pk
        ),
        by=None,
    )


def password(username: str) -> str:
    """The password of a name."""
    return f"pass-{username}"


def _report(organization: Any, provider: Provider, patterns: list[Pattern], days_ago: int) -> None:
    from headend.access import recording

    reports = []
    for pattern in patterns:
        ago = days_ago - pattern.shift_days
        if 1 <= ago <= USED_DAYS:
            place = (USED_DAYS - ago) % SESSION_DAYS
            reports.append(
                _day_report(organization, provider, pattern, first=place == 0, last=place == SESSION_DAYS - 1)
            )
    recording.record(reports)


def _day_report(organization: Any, provider: Provider, pattern: Pattern, *, first: bool, last: bool) -> Any:
    """What the router says at the end of a day; the last report of a session is its Stop."""
    from headend.lib import clock

    now = clock.now()
    if first:
        pattern.open_since, pattern.bytes_used = now - timedelta(hours=18), 0
    assert pattern.open_since is not None, "the first report of a session came first"
    pattern.bytes_used += pattern.day_bytes
    return _report_of(
        organization, provider, pattern, now, since=pattern.open_since, kind="stop" if last else "interim"
    )


def _report_of(
    organization: Any, provider: Provider, pattern: Pattern, now: datetime, *, since: datetime, kind: str
) -> Any:
    from headend.access.metering import Report

    return Report(
        kind=kind,  # type: ignore[arg-type]  # one of the three
        organization_id=organization.pk,
        nas_id=provider.nases[pattern.number % NASES].pk,
        zone=organization.timezone,
        user_name=pattern.username,
        acct_session_id=f"{int(since.timestamp()):08x}",
        event_at=now,
        subscription_id=pattern.subscription.pk,
        class_token=f"{pattern.number:02d}{int(since.timestamp()):x}",
        mac=pattern.mac,
        framed_address=f"10.20.{pattern.number}.{1 + pattern.number % 250}",
        seconds=int((now - since).total_seconds()),
        upload_octets=pattern.bytes_used // 10 % 2**32,
        upload_gigawords=pattern.bytes_used // 10 // 2**32,
        download_octets=pattern.bytes_used % 2**32,
        download_gigawords=pattern.bytes_used // 2**32,
        cause="User-Request" if kind == "stop" else "",
    )


def _leave(organization: Any, provider: Provider, patterns: list[Pattern], now: datetime) -> None:
    """As they are now: online, disabled, deleted, of a group that is halted; and what else a provider of this size has."""
    from headend.access import recording
    from headend.customers import suspensions
    from headend.desk import removals
    from headend.lib import clock

    since = now - timedelta(minutes=90)
    with clock.at(now - timedelta(hours=2)):
        suspensions.suspend(customer=patterns[DISABLED].customer, kind="disabled", by=None)
        suspensions.suspend(group=provider.groups[-1], kind="overdue", by=None)
        removals.delete(customer=patterns[DELETED].customer, by=None)
        _sell_vouchers(organization, provider)
    online = [patterns[number] for number in ONLINE]
    for pattern in online:
        pattern.bytes_used = 0
    with clock.at(since):
        recording.record(
            [_report_of(organization, provider, pattern, since, since=since, kind="start") for pattern in online]
        )
    for pattern in online:
        pattern.bytes_used = pattern.day_bytes
    recording.record(
        [_report_of(organization, provider, pattern, now, since=since, kind="interim") for pattern in online]
    )


def _sell_vouchers(organization: Any, provider: Provider) -> None:
    """A thousand printed ones; of the first sheet each was used in two sessions."""
    from headend.access import batches, plans, recording, vouchers
    from headend.access.metering import Report
    from headend.access.models import Sheet, Voucher
    from headend.lib import clock

    plan = plans.add(
        organization=organization,
        by=None,
        name="Day pass",
        connection_type="hotspot",
        price_minor=5_000,
        download_kbps=5_000,
        upload_kbps=2_000,
        validity_count=2,
        validity_unit="days",
    )
    batch = batches.issue(organization=organization, by=None, plan=plan, sheets=20, vouchers_per_sheet=50)
    sheet = batches.release(sheet=Sheet.objects.get(batch=batch, number=1), by=None)
    now = clock.now()
    reports = []
    for place, voucher in enumerate(Voucher.objects.filter(sheet=sheet).order_by("pk")):
        mac = f"06{place:010X}"
        vouchers.redeem(voucher_id=voucher.pk, mac=mac, now=now)
        reports += [
            Report(
                kind="stop",
                organization_id=organization.pk,
                nas_id=provider.nases[place].pk,
                zone=organization.timezone,
                user_name=voucher.code,
                acct_session_id=f"c{place:03x}{time}",
                event_at=now,
                voucher_id=voucher.pk,
                class_token=f"v{place}-{time}",
                mac=mac,
                seconds=600,
                upload_octets=1_000_000,
                download_octets=20_000_000,
                cause="User-Request",
            )
            for time in range(2)
        ]
    recording.record(reports)


def ask_phones(organization: Any, patterns: list[Pattern]) -> None:
    """A few payments that wait, failed, or of which nobody knows."""
    from headend.billing import payments, providers

    gateway = providers.add(
        organization=organization,
        kind="fake",
        name="Practice money",
        network="practice",
        base_url="http://127.0.0.1:9",
        key="practice-key",
        by=None,
    )
    for pattern in patterns[20:50]:
        payment = payments.top_up(
            customer=pattern.customer,
            gateway=gateway,
            phone=pattern.customer.phone,
            amount_minor=10_000,
            key=f"bench-asked-{pattern.number}",
        )
        if pattern.number % 3 == 0:
            payments.fail(payment=payment, reason="declined")
        elif pattern.number % 3 == 1:
            payments.leave_to_a_person(payment=payment)
    _forget_waiting()


def _forget(patterns: list[Pattern]) -> None:
    """Leaves each its newest Events, and nothing that waits: a worker would have done all of it long ago."""
    from headend.system.models import Event

    for pattern in patterns:
        rows = Event.objects.filter(customer_id=pattern.customer.pk)
        kept = list(rows.order_by("-pk").values_list("pk", flat=True)[:EVENTS_EACH])
        rows.exclude(pk__in=kept).delete()
    _forget_waiting()


def _forget_waiting() -> None:
    from headend.lib import clock
    from headend.system.models import Event, Job

    Event.objects.filter(handled_at__isnull=True).update(handled_at=clock.now())
    Job.objects.all().delete()
