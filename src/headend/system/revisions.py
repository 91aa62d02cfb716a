"""Numbers that tell a process when what it keeps in memory is stale."""

from django.db.models import F

from headend.system.models import Revision

NETWORK = "network"


def bump(name: str) -> None:
    """Says that what `name` stands for has changed; part of the caller's transaction."""
    if not Revision.objects.filter(name=name).update(number=F("number") + 1):
        Revision.objects.bulk_create([Revision(name=name)], ignore_conflicts=True)
        Revision.objects.filter(name=name).update(number=F("number") + 1)


def read(name: str) -> int:
    """The present number; 0 where it was never bumped."""
    return Revision.objects.filter(name=name).values_list("number", flat=True).first() or 0
