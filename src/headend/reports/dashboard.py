"""What the dashboard says: figures that are true at the moment, and what needs somebody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Max

from headend.customers.models import Customer
from headend.ledger.models import Account, AccountKind
from headend.lib import clock
from headend.network.models import Command
from headend.system.models import Job, Organization, State

# How long a failure stands on the dashboard before it is history.
FAILED_HOURS: Final = 24
MOST_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, how often, and when last."""

    kind: str
    times: int
    last_at: datetime | None


def joined_today(organization: Organization) -> int:
    """How many customers were added since midnight, by the index of when they joined."""
    today = clock.day_start(clock.local_day(clock.now(), organization.timezone), organization.timezone)
    return Customer.objects.filter(organization=organization, deleted_at__isnull=True, created_at__gte=today).count()


def ownerless(organization: Organization) -> list[Account]:
    """Wallets of customers who were deleted permanently, with money in them: it came after that."""
    wallets = Account.objects.filter(
        organization=organization,
        kind=AccountKind.WALLET,
        # In the words of the index of those customers, who are few.
        customer__organization=organization,
        customer__erased_at__isnull=False,
        credits_minor__gt=F("debits_minor"),
    )
    return list(wallets.select_related("customer").order_by("pk")[:MOST_LINES])


def failed_commands(organization: Organization) -> Failure | None:
    """Commands that no NAS obeyed in the last day."""
    rows = Command.objects.filter(
        organization=organization,
        state__in=[State.FAILED, State.UNKNOWN],
        created_at__gte=clock.now() - timedelta(hours=FAILED_HOURS),
    ).aggregate(times=Count("pk"), last=Max("finished_at"))
    return Failure("command", rows["times"], rows["last"]) if rows["times"] else None


def failed_jobs(organization: Organization) -> list[Failure]:
    """Jobs of the organization that failed in the last day, by kind."""
    rows = (
        Job.objects.filter(
            organization=organization, state=State.FAILED, finished_at__gte=clock.now() - timedelta(hours=FAILED_HOURS)
        )
        .values("kind")
        .annotate(times=Count("pk"), last=Max("finished_at"))
        .order_by("kind")
    )
    return [Failure(row["kind"], row["times"], row["last"]) for row in rows]
