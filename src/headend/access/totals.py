"""What a whole organization used on each day that is over, summed once: a chart need not add up everybody's days."""

from datetime import date, timedelta
from typing import Final

from django.db.models import Sum

from headend.access.models import UsageDay
from headend.lib import clock
from headend.system.models import Organization, UsageTotal

KEPT_DAYS: Final = 30
# A report may come so late, and counts for the day on which it happened: these days are summed again.
LATE_DAYS: Final = 7


def keep() -> int:
    """Sums the days that are over of every organization; says how many sums were written. Repeating changes nothing."""
    return sum(_keep(organization) for organization in Organization.objects.all())


def _keep(organization: Organization) -> int:
    today = clock.local_day(clock.now(), organization.timezone)
    days = [today - timedelta(days=back) for back in range(1, KEPT_DAYS + 1)]
    known = set(UsageTotal.objects.filter(organization=organization, day__in=days).values_list("day", flat=True))
    wanted = [day for day in days if day not in known or day >= today - timedelta(days=LATE_DAYS)]
    # A day at a time: other writers get their turn between two sums.
    UsageTotal.objects.bulk_create(
        [_total(organization, day) for day in wanted],
        update_conflicts=True,
        unique_fields=["organization", "day"],
        update_fields=["upload_bytes", "download_bytes"],
    )
    return len(wanted)


def _total(organization: Organization, day: date) -> UsageTotal:
    sums = UsageDay.objects.filter(organization=organization, day=day).aggregate(
        up=Sum("upload_bytes"), down=Sum("download_bytes")
    )
    return UsageTotal(
        organization=organization, day=day, upload_bytes=sums["up"] or 0, download_bytes=sums["down"] or 0
    )
