"""Numbers that tell a process when what it keeps in memory is stale."""

from django.db.models import F

from headend.system import engine
from headend.system.models import Revision

NETWORK = "network"


def bump(name: str) -> None:
    """Says that what `name` stands for has changed; part of the caller's transaction."""
    if not Revision.objects.filter(name=name).update(number=F("number") + 1):
        Revision.objects.bulk_create([Revision(name=name)], ignore_conflicts=True)
        Revision.objects.filter(name=name).update(number=F("number") + 1)


def read(name: str) -> int:
    """The present number; 0 where it was never bumped."""
    # Plain, for each batch of packets asks it.
    found = engine.rows("SELECT number FROM system_revision WHERE name = %s", [name])
    return int(found[0][0]) if found else 0
