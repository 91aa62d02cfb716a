"""Limits on what can be guessed: rows moved by UPDATE, so that they hold across processes."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import F

from headend.lib import clock
from headend.system import engine
from headend.system.models import Organization, Throttle

_HIT: Final = """
INSERT INTO system_throttle (key, window_until, count) VALUES (%s, %s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN system_throttle.window_until > %s THEN system_throttle.count + 1 ELSE 1 END,
    window_until = CASE WHEN system_throttle.window_until > %s THEN system_throttle.window_until ELSE excluded.window_until END
RETURNING count
"""

_PLACES: Final = 2


def hit(*, key: str, limit: int, window_seconds: int) -> bool:
    """Counts one try of `key`. False where it is over `limit` within the window; call it outside a transaction."""
    now = clock.now()
    parameters = [key, engine.instant(now + timedelta(seconds=window_seconds)), engine.instant(now)]
    with connection.cursor() as cursor:
        # One statement, so that no try of many at once is overlooked.
        cursor.execute(_HIT, [*parameters, parameters[2]])
        count: int = cursor.fetchone()[0]
    return count <= limit


def give_back(*, key: str) -> None:
    """Takes one try of `key` back, after it turned out to be right: where only failures are to count."""
    Throttle.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)


def clear(*, key: str) -> None:
    """Forgets the tries of `key`, after one that was right."""
    Throttle.objects.filter(key=key).delete()


def forget_names(*, organization: Organization, names: Collection[str]) -> None:
    """Deletes the windows that count tries with one of `names` in an organization, at whichever door.

    Their keys name the organization in the second place, and whom they count in the last.
    """
    keys = (key.split(":") for key in Throttle.objects.values_list("key", flat=True))
    own = [key for key in keys if len(key) > _PLACES and key[1] == str(organization.pk) and key[-1] in names]
    Throttle.objects.filter(pk__in=[":".join(key) for key in own]).delete()


def forget() -> None:
    """Deletes the windows that are over."""
    Throttle.objects.filter(window_until__lte=clock.now()).delete()
