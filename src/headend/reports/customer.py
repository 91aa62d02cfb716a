"""One customer, for the customer's page and its panels: in a number of queries that no session or event adds to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from headend.access import authorize, facts, refusals
from headend.access.models import Block, Credential, Device, RefusalCount, Session, Voucher
from headend.customers import suspensions
from headend.customers.models import Customer, Suspension
from headend.desk.happenings import CUSTOMER_ERASED
from headend.lib import clock
from headend.reports import customers, statuses
from headend.reports.customers import Package
from headend.reports.statuses import Halt, Status
from headend.system.models import Event

SESSIONS_SHOWN: Final = 20
EVENTS_SHOWN: Final = 30
REFUSALS_SHOWN: Final = 8
REFUSALS_DAYS: Final = 7
# What was refused is looked for under the names of so many of the newest vouchers.
VOUCHERS_SEARCHED: Final = 20


@dataclass(slots=True)
class Explained:
    """A package's name with the verdict of every rule; `first` is the rule that refuses, None where it may connect."""

    package: Package
    credential: Credential
    verdicts: list[authorize.Verdict]
    first: authorize.Verdict | None


@dataclass(slots=True)
class Hub:
    """What the first screen of the customer's page shows; `last` is the newest session that is over."""

    customer: Customer
    status: Status
    now: datetime
    packages: list[Package]
    credentials: dict[int, Credential]
    explained: list[Explained]
    suspensions: list[Suspension]
    live: list[Session]
    last: Session | None
    refusals: list[RefusalCount]

    @property
    def nameless(self) -> list[Package]:
        """The packages that would connect by a name that another customer has by now."""
        return [package for package in self.current if package.subscription.pk not in self.credentials]

    @property
    def current(self) -> list[Package]:
        """The packages that have not ended."""
        return [package for package in self.packages if package.subscription.ended_at is None]

    @property
    def refusing(self) -> authorize.Verdict | None:
        """The rule that keeps the customer out; None where one package may connect, or none has a username."""
        verdicts = [refusing(explained, online=bool(self.live)) for explained in self.explained]
        return verdicts[0] if verdicts and all(verdicts) else None

    @property
    def refused_times(self) -> int:
        """How often logins were refused, of all names and for all reasons."""
        return sum(row.count for row in self.refusals)

    @property
    def package(self) -> Package | None:
        """The package that speaks for the customer; none where all have ended."""
        return next(iter(self.current), None)


def hub(customer: Customer) -> Hub:
    """Loads the page."""
    now = clock.now()
    organization = customer.organization
    packages = customers.packages_of(organization, [customer.pk], now)[customer.pk]
    names = _names(customer)
    credentials = _last_names(packages, names)
    own, of_group = suspensions.open_of(customer=customer), suspensions.open_of(group=customer.group)
    return Hub(
        customer=customer,
        status=_status(
            customer,
            own,
            of_group,
            packages=[
                *(package.status for package in packages),
                *customers.passes_of([customer.pk], now)[customer.pk],
            ],
            now=now,
        ),
        now=now,
        packages=packages,
        credentials=credentials,
        explained=_explain(packages, credentials),
        suspensions=own,
        live=live(customer),
        last=next(iter(past(customer, 1)), None),
        refusals=_refused(customer, names, now),
    )


def live(customer: Customer) -> list[Session]:
    """The sessions that are on, newest first."""
    return list(_sessions(customer).filter(ended_at__isnull=True))


def past(customer: Customer, limit: int = SESSIONS_SHOWN) -> list[Session]:
    """The last sessions that are over, newest first."""
    return list(_sessions(customer).filter(ended_at__isnull=False)[:limit])


def devices(customer: Customer) -> list[Device]:
    """Every MAC that was ever seen, the last one first, with whether it is `blocked`."""
    blocked = Block.objects.filter(Q(device=OuterRef("pk")), lifted_at__isnull=True)
    return list(Device.objects.filter(customer=customer).annotate(blocked=Exists(blocked)).order_by("-last_seen_at"))


def refused(customer: Customer) -> list[RefusalCount]:
    """The last refusals of the names that the customer connects by, newest first."""
    return _refused(customer, _names(customer), clock.now())[:REFUSALS_SHOWN]


def events(customer: Customer) -> list[Event]:
    """The last Events that are about the customer, newest first."""
    rows = Event.objects.filter(customer_id=customer.pk).select_related("staff")
    return list(rows.order_by("-at", "-pk")[:EVENTS_SHOWN])


def erased(customer: Customer) -> Event | None:
    """The Event of a customer's being deleted permanently."""
    rows = Event.objects.filter(customer_id=customer.pk, kind=CUSTOMER_ERASED.kind).select_related("staff")
    return rows.order_by("-at").first()


def refusing(explained: Explained, *, online: bool) -> authorize.Verdict | None:
    """The rule that keeps a package from connecting. Full use of the devices allowed keeps nobody out who is connected."""
    first = explained.first
    return None if first is not None and online and first.code is authorize.Code.SESSION_LIMIT else first


def _status(
    customer: Customer, own: list[Suspension], of_group: list[Suspension], *, packages: list[Status], now: datetime
) -> Status:
    return statuses.of_customer(
        customer,
        halts=[Halt(row.kind, row.ends_at) for row in [*own, *(row for row in of_group if row.kind != "disabled")]],
        group_disabled=any(row.kind == "disabled" for row in of_group),
        packages=packages,
        organization=customer.organization,
        now=now,
    )


def _explain(packages: list[Package], credentials: dict[int, Credential]) -> list[Explained]:
    explained = []
    for package in packages:
        credential = credentials.get(package.subscription.pk)
        if package.subscription.ended_at is not None or credential is None:
            continue
        verdicts = authorize.explain(facts.for_credential(credential))
        first = next((verdict for verdict in verdicts if verdict.result == "fail"), None)
        explained.append(Explained(package, credential, verdicts, first))
    return explained


def _names(customer: Customer) -> list[Credential]:
    """What a NAS knows the customer by: the names of packages, and the newest vouchers."""
    newest = Voucher.objects.filter(customer=customer).order_by("-issued_at").values("pk")[:VOUCHERS_SEARCHED]
    # Apart, so that each is found by an index: a condition over both makes the databases walk over everybody's names.
    of_packages = Credential.objects.filter(subscription__customer=customer)
    of_vouchers = Credential.objects.filter(voucher__in=newest)
    return sorted([*of_packages, *of_vouchers], key=lambda credential: credential.pk)


def _last_names(packages: list[Package], names: list[Credential]) -> dict[int, Credential]:
    """The name of each package, of an ended one its last. One that runs may have none: another customer has it by now."""
    running = {package.subscription.pk for package in packages if package.subscription.ended_at is None}
    return {
        name.subscription_id: name
        for name in names
        if name.subscription_id is not None and (name.ended_at is None or name.subscription_id not in running)
    }


def _sessions(customer: Customer) -> QuerySet[Session]:
    rows = Session.objects.filter(customer=customer).select_related("nas", "subscription", "voucher")
    return rows.order_by("-started_at")


def _refused(customer: Customer, names: list[Credential], now: datetime) -> list[RefusalCount]:
    return refusals.of_names(
        organization=customer.organization,
        names=[name.name for name in names],
        since=now - timedelta(days=REFUSALS_DAYS),
    )
