"""The next number of a series of an organization."""

from django.db.models import F

from headend.system.models import Numbering, Organization


def take(*, organization: Organization, series: str, first: int = 1) -> int:
    """The next free number of `series`; part of the caller's transaction, so that one rolled back is not lost."""
    Numbering.objects.bulk_create(
        [Numbering(organization=organization, series=series, last=first - 1)], ignore_conflicts=True
    )
    row = Numbering.objects.filter(organization=organization, series=series)
    row.update(last=F("last") + 1)
    return row.values_list("last", flat=True)[0]
