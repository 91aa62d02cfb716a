"""Addresses from which packets come and that are no NAS: mostly a new router, entered with another address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max

from headend.access.models import RefusalCount
from headend.lib import clock
from headend.network.models import NAS
from headend.system.models import Organization

RECENT: Final = timedelta(hours=1)
MOST: Final = 5
UNKNOWN: Final = "nas_unknown"


@dataclass(frozen=True, slots=True)
class Stranger:
    """One address that asks and gets no answer."""

    address: str
    last_at: datetime


def recent() -> list[Stranger]:
    """Those of the last hour, newest first. None where organizations share the installation: nobody knows whose they are."""
    since = clock.now() - RECENT
    counts = RefusalCount.objects.filter(
        hour__gte=since.replace(minute=0, second=0, microsecond=0), last_at__gte=since, nas_key=0, reason=UNKNOWN
    )
    # Whoever was added meanwhile is a stranger no more. A flood's rest is counted without its sources.
    unknown = counts.exclude(source__in=NAS.objects.values("address")).exclude(source="many")
    rows = unknown.values_list("source").annotate(last=Max("last_at")).order_by("-last")
    found = [Stranger(*row) for row in rows[:MOST]]
    return found if found and Organization.objects.count() == 1 else []
