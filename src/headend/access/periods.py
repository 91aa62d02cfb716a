"""The periods of subscriptions: the one that runs, and those that were paid ahead and begin by themselves."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from headend.access.models import Subscription, UsagePeriod

_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


def of(*, subscription_ids: Collection[int], now: datetime) -> dict[int, list[UsagePeriod]]:
    """The present period of each subscription, and after it those that were paid ahead. One query.

    Where none has begun, because the clock was set back since, the first counts as present.
    """
    begun = UsagePeriod.objects.filter(subscription=OuterRef("subscription"), started_at__lte=now)
    latest = begun.order_by("-started_at").values("started_at")[:1]
    rows = UsagePeriod.objects.filter(
        subscription__in=subscription_ids, started_at__gte=Coalesce(Subquery(latest), _BEFORE_ALL)
    )
    found: dict[int, list[UsagePeriod]] = defaultdict(list)
    for row in rows.order_by("started_at"):
        found[row.subscription_id].append(row)
    return found


def is_used_up(*, subscription: Subscription, period: UsagePeriod) -> bool:
    """Whether the data or the time of a period is used up."""
    cap_bytes, limit_seconds = subscription.cap_bytes, subscription.time_limit_seconds
    data = cap_bytes is not None and period.used_bytes >= cap_bytes
    return data or (limit_seconds is not None and period.session_seconds >= limit_seconds)
