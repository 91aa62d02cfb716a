"""The list of customers, whose columns come from several packages, in a number of queries that no row adds to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from headend.access import periods, vouchers
from headend.access.models import Block, Session, Subscription, UsagePeriod, Voucher
from headend.customers.models import Customer, Suspension, SuspensionKind
from headend.lib import clock
from headend.reports import statuses
from headend.reports.statuses import Halt, Status, Used
from headend.system import engine, search
from headend.system.models import Organization

SOON_DAYS: Final = 7
# So many are looked up by their ids: more take longer to put in order than a walk in order takes.
FEW: Final = 20_000
# Lists say of more than these that there are more.
MANY: Final = 10_000

VIEWS: Final = ("all", "online", "expiring", "halted", "deleted")


@dataclass(slots=True)
class Package:
    """One subscription as lists and the customer's page show it: its present period, and those that were paid ahead."""

    subscription: Subscription
    used: Used
    status: Status
    block: Block | None = None
    ends_at: datetime | None = None
    ahead: list[UsagePeriod] = field(default_factory=list)

    @property
    def can_begin_next(self) -> bool:
        """Whether a period was paid ahead, and beginning it early would bring data or time."""
        terms = self.subscription
        is_limited = terms.cap_bytes is not None or terms.time_limit_seconds is not None
        return is_limited and bool(self.ahead) and terms.ended_at is None


@dataclass(frozen=True, slots=True)
class View:
    """The customers of a saved view, not in order yet.

    `total` is how many they are, where that is known and more than lists count. `few` are put in order when they are found.
    """

    rows: QuerySet[Customer]
    total: int | None = None
    few: bool = False


@dataclass(slots=True)
class Row:
    """One customer of the list. `package` is the one that speaks for the customer."""

    customer: Customer
    status: Status
    online: bool
    packages: list[Package] = field(default_factory=list)

    @property
    def package(self) -> Package | None:
        return self.packages[0] if self.packages else None


def listed(organization: Organization, view: str = "all") -> View:
    """The customers of a saved view."""
    rows = Customer.objects.filter(organization=organization).select_related("group")
    if view == "deleted":
        return View(rows.filter(deleted_at__isnull=False, erased_at__isnull=True))
    rows = rows.filter(deleted_at__isnull=True)
    now = clock.now()
    if view == "online":
        return _of_those(organization, rows, Session.objects.filter(ended_at__isnull=True, customer__isnull=False))
    if view == "expiring":
        soon = Subscription.objects.filter(
            ended_at__isnull=True, expires_at__gt=now, expires_at__lte=now + timedelta(days=SOON_DAYS)
        )
        return _of_those(organization, rows, soon)
    if view == "halted":
        halts = _in_force(now)
        of_groups = halts.filter(organization=organization, group__isnull=False)
        groups = list(of_groups.values_list("group", flat=True))
        return _of_those(organization, rows, halts.filter(customer__isnull=False), groups)
    return View(rows)


def found(organization: Organization, rows: QuerySet[Customer], query: str) -> tuple[list[Customer], bool]:
    """The customers among `rows` that a search finds, best first: at most 50, and whether there are more."""
    most = search.MOST_RESULTS
    ids = search.find(organization=organization, query=query, limit=most + 1, among=rows)
    places = {id_: place for place, id_ in enumerate(ids[:most])}
    return sorted(rows.filter(pk__in=places), key=lambda customer: places[customer.pk]), len(ids) > most


def complete(organization: Organization, customers: Sequence[Customer]) -> list[Row]:
    """The rows of a page with all their columns: six queries, however many rows."""
    now = clock.now()
    ids = [customer.pk for customer in customers]
    of_customers, of_groups = _halts(customers, now)
    online = set(Session.objects.filter(customer__in=ids, ended_at__isnull=True).values_list("customer", flat=True))
    packages = packages_of(organization, ids, now)
    passes = passes_of(ids, now)
    rows = []
    for customer in customers:
        own = packages[customer.pk]
        status = statuses.of_customer(
            customer,
            halts=[*of_customers[customer.pk], *_kept_by_group(of_groups[customer.group_id])],
            group_disabled=any(halt.kind == SuspensionKind.DISABLED for halt in of_groups[customer.group_id]),
            packages=[*(package.status for package in own), *passes[customer.pk]],
            organization=organization,
            now=now,
        )
        rows.append(Row(customer, status, customer.pk in online, own))
    return rows


def packages_of(organization: Organization, customer_ids: Iterable[int], now: datetime) -> dict[int, list[Package]]:
    """The packages of customers with their present usage and state: the running first, then the newest. Three queries."""
    subscriptions = list(Subscription.objects.filter(customer__in=customer_ids).order_by("-pk"))
    ids = [subscription.pk for subscription in subscriptions]
    of_each = periods.of(subscription_ids=ids, now=now)
    blocks = {
        block.subscription_id: block
        for block in Block.objects.filter(subscription__in=ids, lifted_at__isnull=True).select_related("started_by")
    }
    packages: dict[int, list[Package]] = defaultdict(list)
    for subscription in subscriptions:
        present, *ahead = of_each[subscription.pk] or [UsagePeriod()]
        used = Used(present.upload_bytes, present.download_bytes, present.session_seconds)
        block = blocks.get(subscription.pk)
        status = statuses.of_subscription(
            subscription, used, blocked=block is not None, organization=organization, now=now
        )
        packages[subscription.customer_id].append(Package(subscription, used, status, block, present.ends_at, ahead))
    for own in packages.values():
        own.sort(
            key=lambda package: (package.subscription.ended_at is not None, package.subscription.activated_at is None)
        )
    return packages


def passes_of(customer_ids: Iterable[int], now: datetime) -> dict[int, list[Status]]:
    """What the vouchers of customers that can still be used make of them. One query."""
    usable = Voucher.objects.filter(customer__in=customer_ids)
    running = usable.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now))
    passes: dict[int, list[Status]] = defaultdict(list)
    for customer_id, first_used_at in running.values_list("customer", "first_used_at"):
        passes[customer_id].append(Status("active" if first_used_at else "has_voucher"))
    return passes


def _of_those(
    organization: Organization, rows: QuerySet[Customer], reason: QuerySet[Any], groups: Sequence[int] = ()
) -> View:
    """Those of `rows` that a row of `reason` names as its customer, or that stand in one of `groups`.

    Few are looked up by their ids and then put in order. Of many the order is walked, and each is asked about: a page is full
    before long, and nobody counts them.
    """
    of_groups = Customer.objects.filter(group__in=groups, deleted_at__isnull=True)
    own = reason.filter(organization=organization)
    named = list(own.order_by().values_list("customer", flat=True)[: FEW + 1])
    standing = list(of_groups.values_list("pk", flat=True)[: FEW + 1]) if groups else []
    ids = {*named, *standing}
    total = len(ids) if len(ids) > MANY else None
    if len(named) <= FEW and len(standing) <= FEW and len(ids) <= FEW:
        return View(engine.told(rows, ids), total, few=True)
    # By the customer alone, who is of the organization: named as well, SQLite would go through all of its rows for each customer.
    asked = Q(Exists(reason.filter(customer=OuterRef("pk"))))
    return View(rows.filter(asked | Q(group__in=groups) if groups else asked), total)


def _halts(customers: Sequence[Customer], now: datetime) -> tuple[dict[int, list[Halt]], dict[int, list[Halt]]]:
    wanted = Q(customer__in=[customer.pk for customer in customers]) | Q(
        group__in={customer.group_id for customer in customers}
    )
    of_customers: dict[int, list[Halt]] = defaultdict(list)
    of_groups: dict[int, list[Halt]] = defaultdict(list)
    for row in _in_force(now).filter(wanted):
        halt = Halt(row.kind, row.ends_at)
        if row.customer_id is not None:
            of_customers[row.customer_id].append(halt)
        elif row.group_id is not None:
            of_groups[row.group_id].append(halt)
    return of_customers, of_groups


def _kept_by_group(halts: Iterable[Halt]) -> list[Halt]:
    """A group's suspensions count for its customers; its *disabled* is a reason of its own."""
    return [halt for halt in halts if halt.kind != SuspensionKind.DISABLED]


def _in_force(now: datetime) -> QuerySet[Suspension]:
    return Suspension.objects.filter(lifted_at__isnull=True).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
