"""NASes: which are silent, what runs on them, what they had refused and dropped, and at which names passwords are tried."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q, Sum

from headend.access import authorize, metering
from headend.access.authorize import Unasked
from headend.access.models import RefusalCount, Session
from headend.lib import clock
from headend.network.models import NAS
from headend.system.models import Organization

SILENT_MINUTES: Final = 15
MOST_LINES: Final = 8
MOST_GUESSED: Final = 5
HOURS: Final = 24
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
class Guessed:
    """One name, and how many logins with it were refused without a look at the password."""

    user_name: str
    times: int
    last_at: datetime


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


def refused(organization: Organization) -> list[Refusals]:
    """Logins refused in the last hour, most first."""
    return [row for row in _refusals(organization) if row.reason in LOGIN_REASONS][:MOST_LINES]


def dropped(organization: Organization) -> list[Refusals]:
    """Packets of the organization's NASes that got no answer in the last hour, most first."""
    return [row for row in _refusals(organization) if row.reason not in LOGIN_REASONS][:MOST_LINES]


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


def refusals_of(nas: NAS, hours: int = 24) -> list[Refusals]:
    """What one NAS had refused and dropped in the last hours, by reason, most first."""
    rows = (
        RefusalCount.objects.filter(nas=nas, hour__gte=clock.now() - timedelta(hours=hours))
        .values("reason")
        .annotate(times=Sum("count"), last=Max("last_at"))
        .order_by("-times")
    )
    return [Refusals(row["reason"], nas.name, row["times"], row["last"]) for row in rows]


def guessed(nas: NAS) -> list[Guessed]:
    """Those of the last day on one NAS, most first."""
    counts = RefusalCount.objects.filter(
        nas=nas, reason=Unasked.GUESSING_SLOWED, hour__gte=clock.now() - timedelta(hours=HOURS)
    )
    rows = counts.values("user_name").annotate(times=Sum("count"), last=Max("last_at")).order_by("-times", "user_name")
    return [Guessed(row["user_name"], row["times"], row["last"]) for row in rows[:MOST_GUESSED]]


def _given_up(quiet: Iterable[NAS]) -> Counter[int]:
    """How many sessions of silent NASes were given up in the last day."""
    since = clock.now() - timedelta(days=1)
    # A session is given up as of its last report, and when a NAS was last heard is written down soon after.
    heard = [nas.pk for nas in quiet if nas.last_seen_at and nas.last_seen_at > since - _HEARD_WITHIN]
    # In the words of the index of lost ones, which SQLite compares.
    lost = Session.objects.extra(where=[f"access_session.end_cause = '{metering.LOST}'"])  # noqa: S610 - a constant
    rows = lost.filter(nas__in=heard, ended_at__gte=since).values_list("nas")
    return Counter(dict(rows.annotate(Count("pk")).order_by()))


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
