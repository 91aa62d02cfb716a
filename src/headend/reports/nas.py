"""Names at which somebody tries passwords."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Sum

from headend.access.authorize import Unasked
from headend.access.models import RefusalCount
from headend.lib import clock
from headend.network.models import NAS

MOST: Final = 5
HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Guessed:
    """One name, and how many logins with it were refused without a look at the password."""

    user_name: str
    times: int
    last_at: datetime


def of_nas(nas: NAS) -> list[Guessed]:
    """Those of the last day on one NAS, most first."""
    counts = RefusalCount.objects.filter(
        nas=nas, reason=Unasked.GUESSING_SLOWED, hour__gte=clock.now() - timedelta(hours=HOURS)
    )
    rows = counts.values("user_name").annotate(times=Sum("count"), last=Max("last_at")).order_by("-times", "user_name")
    return [Guessed(row["user_name"], row["times"], row["last"]) for row in rows[:MOST]]
