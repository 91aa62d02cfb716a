"""Numbers that are kept because counting them anew for each page would take long: as of a few minutes ago."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from headend.lib import clock
from headend.system.models import Figure, Organization

# What is older than this nobody keeps any more: the worker stands, and pages count for themselves.
GOOD_FOR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """The numbers of an organization by their names, and when they were counted."""

    numbers: Mapping[str, int]
    at: datetime

    def by(self, name: str) -> dict[int, int]:
        """The numbers of all that are called `<name>:<id>`, by those ids."""
        beginning = f"{name}:"
        return {
            int(key.removeprefix(beginning)): number
            for key, number in self.numbers.items()
            if key.startswith(beginning)
        }


def keep(*, organization: Organization, numbers: Mapping[str, int]) -> None:
    """Puts `numbers` in the place of all that was kept of the organization; none: pages count for themselves."""
    now = clock.now()
    with transaction.atomic():
        Figure.objects.bulk_create(
            [Figure(organization=organization, name=name, number=number, at=now) for name, number in numbers.items()],
            update_conflicts=True,
            unique_fields=["organization", "name"],
            update_fields=["number", "at"],
        )
        Figure.objects.filter(organization=organization).exclude(at=now).delete()


def of(organization: Organization) -> Kept | None:
    """What is kept of an organization; None where nothing is, or nothing that is still good."""
    rows = list(Figure.objects.filter(organization=organization).values_list("name", "number", "at"))
    if not rows or min(row[2] for row in rows) < clock.now() - GOOD_FOR:
        return None
    return Kept({name: number for name, number, _ in rows}, min(row[2] for row in rows))
