"""How many of what: counted anew for most organizations, and for large ones kept as the worker counted them minutes ago."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum

from headend.access.models import Session, Subscription, UsageDay
from headend.customers.models import Customer
from headend.lib import clock
from headend.reports import batches
from headend.system import figures
from headend.system.models import Organization

# From so many customers on the numbers are kept. Below, counting takes a few milliseconds.
LARGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers by the ids of what they are of, and when they were counted; None: just now."""

    numbers: Mapping[int, int]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The headline numbers of an organization; `today_down_bytes` and `today_up_bytes` are what all used since midnight."""

    at: datetime | None
    customers: int
    active: int
    expiring: int
    online: int
    online_customers: int
    today_down_bytes: int
    today_up_bytes: int


def keep() -> int:
    """Counts what is kept of every large organization; says how many there are."""
    return sum(_keep(organization) for organization in Organization.objects.all())


def totals(organization: Organization) -> Totals:
    """The headline numbers."""
    kept = figures.of(organization)
    numbers = _totals(organization) if kept is None else kept.numbers
    return Totals(kept.at if kept else None, *(numbers.get(name, 0) for name in _NAMES))


def customers_by_group(organization: Organization) -> Counts:
    """How many customers stand in each group."""
    return _counts(organization, "group")


def customers_by_site(organization: Organization) -> Counts:
    """How many customers each site serves."""
    return _counts(organization, "site")


def in_use_by_plan(organization: Organization) -> Counts:
    """How much of each plan is in use: packages that were activated and have not ended, and vouchers that still connect."""
    return _counts(organization, "plan")


def _counts(organization: Organization, field: str) -> Counts:
    kept = figures.of(organization)
    return Counts(_BY[field](organization)) if kept is None else Counts(kept.by(field), kept.at)


_NAMES: Final = tuple(name for name in Totals.__dataclass_fields__ if name != "at")


def _keep(organization: Organization) -> bool:
    is_large = _customers(organization)[: LARGE + 1].count() > LARGE
    numbers: dict[str, int] = {}
    if is_large:
        numbers |= _totals(organization)
        for field, count in _BY.items():
            numbers |= {f"{field}:{id_}": number for id_, number in count(organization).items()}
    figures.keep(organization=organization, numbers=numbers)
    return is_large


def _totals(organization: Organization) -> dict[str, int]:
    now = clock.now()
    today = clock.local_day(now, organization.timezone)
    tomorrow = clock.day_end(today, organization.timezone) + timedelta(days=1)
    running = Q(activated_at__isnull=False) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    packages = Subscription.objects.filter(
        organization=organization, ended_at__isnull=True, customer__deleted_at__isnull=True
    ).aggregate(active=Count("pk", filter=running), expiring=Count("pk", filter=running & Q(expires_at__lte=tomorrow)))
    sessions = Session.objects.filter(organization=organization, ended_at__isnull=True).aggregate(
        online=Count("pk"), online_customers=Count("customer", distinct=True)
    )
    used = UsageDay.objects.filter(organization=organization, day=today).aggregate(
        today_down_bytes=Sum("download_bytes"), today_up_bytes=Sum("upload_bytes")
    )
    return {
        "customers": _customers(organization).count(),
        **packages,
        **sessions,
        **{name: number or 0 for name, number in used.items()},
    }


def _customers(organization: Organization) -> QuerySet[Customer]:
    return Customer.objects.filter(organization=organization, deleted_at__isnull=True)


def _of_groups(organization: Organization) -> dict[int, int]:
    return dict(_customers(organization).order_by().values_list("group").annotate(Count("pk")))


def _of_sites(organization: Organization) -> dict[int, int]:
    placed = _customers(organization).filter(site__isnull=False)
    return dict(placed.order_by().values_list("site").annotate(Count("pk")))


def _of_plans(organization: Organization) -> dict[int, int]:
    packages = Subscription.objects.filter(organization=organization, ended_at__isnull=True, activated_at__isnull=False)
    in_use = Counter(dict(packages.order_by().values_list("plan").annotate(Count("pk"))))
    in_use.update(batches.usable_vouchers(list(organization.plan_set.all())))
    return in_use


_BY: Final[dict[str, Callable[[Organization], Mapping[int, int]]]] = {
    "group": _of_groups,
    "site": _of_sites,
    "plan": _of_plans,
}
