"""What a customer has, as he sees it himself: running vouchers and packages, what keeps him off, sums of what he used.

In a number of queries that no voucher, package or session adds to.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db.models import Count, F, Q, Sum

from headend.access import credentials, vouchers
from headend.access.models import Credential, Session, UsageDay, Voucher
from headend.customers import suspensions
from headend.customers.models import Customer, SuspensionKind
from headend.customers.rules import account_is_over
from headend.ledger import accounts
from headend.lib import clock
from headend.reports import customers as packages_report
from headend.reports.customers import Package
from headend.reports.statuses import Halt

# What a page shows of vouchers that still run; who has more finds them in the history.
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Held:
    """A voucher with its password, its state, and on how many devices it is used just now."""

    voucher: Voucher
    password: str
    state: str
    now: datetime
    online: int = 0

    @property
    def left_bytes(self) -> int | None:
        """The data that is left; None where there is no limit."""
        cap = self.voucher.cap_bytes
        return None if cap is None else max(0, cap - self.voucher.used_bytes)

    @property
    def left_seconds(self) -> int | None:
        """The online time that is left; None where there is no limit."""
        limit = self.voucher.time_limit_seconds
        return None if limit is None else max(0, limit - self.voucher.session_seconds)

    @property
    def seconds_to_end(self) -> int | None:
        """How long it runs on; None while it was never used."""
        end = self.voucher.expires_at
        return None if end is None else max(0, int((end - self.now).total_seconds()))


@dataclass(frozen=True, slots=True)
class Totals:
    """Vouchers ever bought, those that run, and bytes used today and ever."""

    vouchers: int
    active: int
    today_bytes: int
    all_bytes: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything on the customer's first page. `as_of` is the newest usage report that it rests on; money in minor units."""

    customer: Customer
    wallet_minor: int
    owed_minor: int
    halts: list[Halt]
    running: list[Held]
    packages: list[Package]
    totals: Totals
    as_of: datetime
    expired_on: date | None

    @property
    def may_buy(self) -> bool:
        """As `billing.buyers.may_buy`, of what is loaded already."""
        return not self.halts and self.expired_on is None


def of_customer(customer: Customer) -> Holdings:
    """Loads the page."""
    now = clock.now()
    live = list(Session.objects.filter(customer=customer, ended_at__isnull=True))
    running = _running(customer, live, now)
    wallet_minor, owed_minor = accounts.standing(customer=customer)
    packages = packages_report.packages_of(customer.organization, [customer.pk], now)[customer.pk]
    return Holdings(
        customer=customer,
        wallet_minor=wallet_minor,
        owed_minor=owed_minor,
        halts=halts_of(customer),
        running=running,
        packages=[package for package in packages if package.subscription.ended_at is None],
        totals=_totals(customer, now),
        as_of=max((session.updated_at for session in live), default=now),
        expired_on=expired_on(customer),
    )


def halts_of(customer: Customer) -> list[Halt]:
    """What keeps a customer from buying and connecting, each kind once: his own suspensions and those of his group."""
    own, of_group = suspensions.open_of(customer=customer), suspensions.open_of(group=customer.group)
    shared = {row.kind for row in of_group}
    by_kind = {row.kind: Halt(row.kind, row.ends_at, row.kind in shared) for row in reversed([*own, *of_group])}
    return [by_kind[kind] for kind in SuspensionKind.values if kind in by_kind]


def expired_on(customer: Customer) -> date | None:
    """The last day of an account whose expiry date has passed; None where it runs."""
    last_day = customer.account_expires_on
    return last_day if account_is_over(last_day, customer.organization.timezone, clock.now()) else None


def held(customer: Customer, rows: Iterable[Voucher], now: datetime) -> list[Held]:
    """The customer's vouchers with their passwords: one query for all of them. Raises SealingError."""
    own = list(rows)
    names = Credential.objects.filter(voucher__in=[voucher.pk for voucher in own], voucher__customer=customer)
    secrets = {name.voucher_id: credentials.open_secret(name) for name in names}
    return [Held(voucher, secrets[voucher.pk], voucher.state_at(now), now) for voucher in own]


def _running(customer: Customer, live: list[Session], now: datetime) -> list[Held]:
    """Active ones first, the one that ends first on top; then the unused in the order in which they were bought."""
    wanted = vouchers.in_state("active", now) | vouchers.in_state("unused", now)
    rows = (
        Voucher.objects.filter(wanted, customer=customer)
        .select_related("sheet")
        # Apart: where nobody has bought a voucher yet, SQLite's statistics call the index useless for a join.
        .prefetch_related("purchase")
        .order_by(F("expires_at").asc(nulls_last=True), "issued_at", "pk")
    )
    online = Counter(session.voucher_id for session in live)
    return [replace(one, online=online[one.voucher.pk]) for one in held(customer, rows[:SHOWN], now)]


def _totals(customer: Customer, now: datetime) -> Totals:
    size = F("upload_bytes") + F("download_bytes")
    today = Q(day=clock.local_day(now, customer.organization.timezone))
    own = Voucher.objects.filter(customer=customer).aggregate(
        count=Count("pk"), active=Count("pk", filter=vouchers.in_state("active", now)), used=Sum(size)
    )
    by_voucher = UsageDay.objects.filter(today, voucher__customer=customer).aggregate(today=Sum(size))
    by_package = UsageDay.objects.filter(subscription__customer=customer).aggregate(
        today=Sum(size, filter=today), used=Sum(size)
    )
    return Totals(
        vouchers=own["count"],
        active=own["active"],
        today_bytes=(by_voucher["today"] or 0) + (by_package["today"] or 0),
        all_bytes=(own["used"] or 0) + (by_package["used"] or 0),
    )
