"""What was used on each of the last days, by an organization or by one customer."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, QuerySet, Sum

from headend.access.models import Subscription, UsageDay, Voucher
from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class DayUsed:
    """The bytes of one local day."""

    day: date
    download_bytes: int = 0
    upload_bytes: int = 0


def of_organization(organization: Organization) -> list[DayUsed]:
    """The last 30 days of an organization, oldest first, with the days on which nothing was used."""
    return _days(organization, UsageDay.objects.filter(organization=organization))


def of_customer(customer: Customer) -> list[DayUsed]:
    """The last 30 days of a customer over all packages and vouchers."""
    # Without a join: of either condition the rows are found by an index.
    packages, vouchers = (model.objects.filter(customer=customer).values("pk") for model in (Subscription, Voucher))
    own = Q(subscription__in=packages) | Q(voucher__in=vouchers)
    return _days(customer.organization, UsageDay.objects.filter(own))


def _days(organization: Organization, rows: QuerySet[UsageDay]) -> list[DayUsed]:
    today = clock.local_day(clock.now(), organization.timezone)
    first = today - timedelta(days=DAYS - 1)
    sums = (
        rows.filter(day__gte=first, day__lte=today)
        .values_list("day")
        .annotate(Sum("download_bytes"), Sum("upload_bytes"))
    )
    by_day = {day: DayUsed(day, down, up) for day, down, up in sums}
    return [by_day.get(day, DayUsed(day)) for day in (first + timedelta(days=place) for place in range(DAYS))]
