"""What the dashboard says: figures that are true at the moment, and what needs somebody."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Max, Q, Sum

from headend.access import authorize, rules
from headend.access.models import RefusalCount, Session
from headend.customers.models import Customer
from headend.ledger.models import Account, AccountKind
from headend.lib import clock
from headend.network.models import NAS, Command
from headend.system.models import Job, Organization, State

SILENT_MINUTES: Final = 15
# How long a failure stands on the dashboard before it is history.
FAILED_HOURS: Final = 24
MOST_LINES: Final = 8
_HEARD_WITHIN: Final = timedelta(hours=1)
# Refused logins got an answer; every other reason is a packet that got none.
LOGIN_REASONS: Final = frozenset(
    [*(code.value for code in authorize.Code), *(code.value for code in authorize.Unasked)]
)


@dataclass(frozen=True, slots=True)
class Silent:
    """A NAS from which nothing comes: sessions hang on it, or it was never heard."""

    nas: NAS
    sessions: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often logins were refused, or packets dropped, for one reason at one NAS."""

    reason: str
    nas: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, how often, and when last."""

    kind: str
    times: int
    last_at: datetime | None


def joined_today(organization: Organization) -> int:
    """How many customers were added since midnight, by the index of when they joined."""
    today = clock.day_start(clock.local_day(clock.now(), organization.timezone), organization.timezone)
    return Customer.objects.filter(organization=organization, deleted_at__isnull=True, created_at__gte=today).count()


def silent_since() -> datetime:
    """Who was heard last before this is silent."""
    return clock.now() - timedelta(minutes=SILENT_MINUTES)


def silent(organization: Organization) -> list[Silent]:
    """The NASes that nobody has heard for a quarter of an hour, though sessions ran on them until then, and those that were
    never heard.
    """
    unheard = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=silent_since())
    quiet = list(NAS.objects.filter(unheard, organization=organization).order_by("name_key"))
    hanging = live_by_nas(organization) + _given_up(quiet)
    return [Silent(nas, hanging[nas.pk]) for nas in quiet if nas.last_seen_at is None or hanging[nas.pk]]


def live_by_nas(organization: Organization) -> Counter[int]:
    """How many sessions run on each NAS: one query over what is live, whatever ran before."""
    rows = Session.objects.filter(organization=organization, ended_at__isnull=True).values_list("nas")
    return Counter(dict(rows.annotate(Count("pk")).order_by()))


def _given_up(quiet: Iterable[NAS]) -> Counter[int]:
    """How many sessions of silent NASes were given up in the last day."""
    since = clock.now() - timedelta(days=1)
    # A session is given up as of its last report, and when a NAS was last heard is written down soon after.
    heard = [nas.pk for nas in quiet if nas.last_seen_at and nas.last_seen_at > since - _HEARD_WITHIN]
    # In the words of the index of lost ones, which SQLite compares.
    lost = Session.objects.extra(where=[f"access_session.end_cause = '{rules.LOST}'"])  # noqa: S610 - a constant
    rows = lost.filter(nas__in=heard, ended_at__gte=since).values_list("nas")
    return Counter(dict(rows.annotate(Count("pk")).order_by()))


def refused(organization: Organization) -> list[Refusals]:
    """Logins refused in the last hour, most first."""
    return [row for row in _refusals(organization) if row.reason in LOGIN_REASONS][:MOST_LINES]


def dropped(organization: Organization) -> list[Refusals]:
    """Packets of the organization's NASes that got no answer in the last hour, most first."""
    return [row for row in _refusals(organization) if row.reason not in LOGIN_REASONS][:MOST_LINES]


def ownerless(organization: Organization) -> list[Account]:
    """Wallets of customers who were deleted permanently, with money in them: it came after that."""
    wallets = Account.objects.filter(
        organization=organization,
        kind=AccountKind.WALLET,
        # In the words of the index of those customers, who are few.
        customer__organization=organization,
        customer__erased_at__isnull=False,
        credits_minor__gt=F("debits_minor"),
    )
    return list(wallets.select_related("customer").order_by("pk")[:MOST_LINES])


def failed_commands(organization: Organization) -> Failure | None:
    """Commands that no NAS obeyed in the last day."""
    rows = Command.objects.filter(
        organization=organization,
        state__in=[State.FAILED, State.UNKNOWN],
        created_at__gte=clock.now() - timedelta(hours=FAILED_HOURS),
    ).aggregate(times=Count("pk"), last=Max("finished_at"))
    return Failure("command", rows["times"], rows["last"]) if rows["times"] else None


def failed_jobs(organization: Organization) -> list[Failure]:
    """Jobs of the organization that failed in the last day, by kind."""
    rows = (
        Job.objects.filter(
            organization=organization, state=State.FAILED, finished_at__gte=clock.now() - timedelta(hours=FAILED_HOURS)
        )
        .values("kind")
        .annotate(times=Count("pk"), last=Max("finished_at"))
        .order_by("kind")
    )
    return [Failure(row["kind"], row["times"], row["last"]) for row in rows]


def by_nas(organization: Organization, hours: int = 24) -> dict[int, dict[str, int]]:
    """For each NAS id, how many logins were `refused` and packets `dropped` in the last hours."""
    counts: dict[int, dict[str, int]] = {}
    rows = (
        RefusalCount.objects.filter(
            organization=organization, nas__isnull=False, hour__gte=clock.now() - timedelta(hours=hours)
        )
        .values_list("nas_key", "reason")
        .annotate(Sum("count"))
    )
    for nas_id, reason, times in rows:
        kind = "refused" if reason in LOGIN_REASONS else "dropped"
        of_nas = counts.setdefault(nas_id, {"refused": 0, "dropped": 0})
        of_nas[kind] += times
    return counts


def of_nas(nas: NAS, hours: int = 24) -> list[Refusals]:
    """What one NAS had refused and dropped in the last hours, by reason, most first."""
    rows = (
        RefusalCount.objects.filter(nas=nas, hour__gte=clock.now() - timedelta(hours=hours))
        .values("reason")
        .annotate(times=Sum("count"), last=Max("last_at"))
        .order_by("-times")
    )
    return [Refusals(row["reason"], nas.name, row["times"], row["last"]) for row in rows]


def _refusals(organization: Organization) -> list[Refusals]:
    # Counts are kept by the clock's hour: the last hour is what was counted since the one before began, and is recent.
    now = clock.now()
    since = now - timedelta(hours=1)
    rows = (
        RefusalCount.objects.filter(
            organization=organization, hour__gte=since.replace(minute=0, second=0, microsecond=0), last_at__gte=since
        )
        .values("reason", "nas__name")
        .annotate(times=Sum("count"), last=Max("last_at"))
        .order_by("-times")
    )
    return [Refusals(row["reason"], row["nas__name"] or "", row["times"], row["last"]) for row in rows]
