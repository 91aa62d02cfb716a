"""Limits on what can be guessed: rows moved by UPDATE, so that they hold across processes."""

from datetime import timedelta

from django.db.models import F

from headend.lib import clock
from headend.system.models import Throttle


def hit(*, key: str, limit: int, window_seconds: int) -> bool:
    """Counts one try of `key`. False where it is over `limit` within the window; call it outside a transaction."""
    now = clock.now()
    until = now + timedelta(seconds=window_seconds)
    row = Throttle.objects.filter(key=key)
    if not row.filter(window_until__gt=now).update(count=F("count") + 1):
        Throttle.objects.bulk_create(
            [Throttle(key=key, window_until=until, count=1)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["window_until", "count"],
        )
    return (row.values_list("count", flat=True).first() or 1) <= limit


def clear(*, key: str) -> None:
    """Forgets the tries of `key`, after one that was right."""
    Throttle.objects.filter(key=key).delete()


def forget() -> None:
    """Deletes the windows that are over."""
    Throttle.objects.filter(window_until__lte=clock.now()).delete()
