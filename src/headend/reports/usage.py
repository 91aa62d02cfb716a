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
from headend.system.models import Organization, UsageTotal

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class DayUsed:
    """The bytes of one local day."""

    day: date
    download_bytes: int = 0
    upload_bytes: int = 0


def of_organization(organization: Organization, today: DayUsed | None = None) -> list[DayUsed]:
    """The last 30 days of an organization, oldest first, with the days on which nothing was used.

    Of days that are over the kept sums are taken; of others, and of today where it is not given, everybody's are added up.
    """
    days = _last_days(organization)
    kept = UsageTotal.objects.filter(organization=organization, day__gte=days[0], day__lt=days[-1])
    used = {row.day: DayUsed(row.day, row.download_bytes, row.upload_bytes) for row in kept}
    if today is not None:
        used[days[-1]] = today
    rest = [day for day in days if day not in used]
    used |= _sums([UsageDay.objects.filter(organization=organization, day__in=rest)]) if rest else {}
    return [used.get(day, DayUsed(day)) for day in days]


def of_customer(customer: Customer) -> list[DayUsed]:
    """The last 30 days of a customer over all packages and vouchers."""
    # Apart, so that each is found by an index: a condition over both makes the databases walk over everybody's days.
    of_packages = UsageDay.objects.filter(subscription__customer=customer)
    of_vouchers = UsageDay.objects.filter(voucher__customer=customer)
    days = _last_days(customer.organization)
    used = _sums([rows.filter(day__gte=days[0], day__lte=days[-1]) for rows in (of_packages, of_vouchers)])
    return [used.get(day, DayUsed(day)) for day in days]


def _last_days(organization: Organization) -> list[date]:
    today = clock.local_day(clock.now(), organization.timezone)
    return [today - timedelta(days=DAYS - 1 - place) for place in range(DAYS)]


def _sums(parts: Iterable[QuerySet[UsageDay]]) -> dict[date, DayUsed]:
    down_bytes, up_bytes = Counter[date](), Counter[date]()
    for rows in parts:
        sums = rows.order_by().values_list("day").annotate(Sum("download_bytes"), Sum("upload_bytes"))
        for day, down, up in sums:
            down_bytes[day] += down
            up_bytes[day] += up
    return {day: DayUsed(day, down_bytes[day], up_bytes[day]) for day in down_bytes}
