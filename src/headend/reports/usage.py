"""What was used on each of the last days, by an organization or by one customer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import QuerySet, Sum

from headend.access.models import UsageDay
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
    return _days(organization, [UsageDay.objects.filter(organization=organization)])


def of_customer(customer: Customer) -> list[DayUsed]:
    """The last 30 days of a customer over all packages and vouchers."""
    # Apart, so that each is found by an index: a condition over both makes the databases walk over everybody's days.
    of_packages = UsageDay.objects.filter(subscription__customer=customer)
    of_vouchers = UsageDay.objects.filter(voucher__customer=customer)
    return _days(customer.organization, [of_packages, of_vouchers])


def _days(organization: Organization, parts: Iterable[QuerySet[UsageDay]]) -> list[DayUsed]:
    today = clock.local_day(clock.now(), organization.timezone)
    first = today - timedelta(days=DAYS - 1)
    down_bytes, up_bytes = Counter[date](), Counter[date]()
    for rows in parts:
        sums = rows.filter(day__gte=first, day__lte=today).values_list("day")
        for day, down, up in sums.annotate(Sum("download_bytes"), Sum("upload_bytes")):
            down_bytes[day] += down
            up_bytes[day] += up
    days = (first + timedelta(days=place) for place in range(DAYS))
    return [DayUsed(day, down_bytes[day], up_bytes[day]) for day in days]
