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

# Signing in, within the window: so often is a name tried from one address,
TRIES: Final = 10
# and so often once its name has been tried from everywhere, or any name from its address, more often than this.
TRIES_ONCE_SLOWED: Final = 3
TRIES_OF_NAME: Final = 100
TRIES_OF_SOURCE: Final = 50
# A whole café may stand behind one address, but no café is wrong so often.
MOST_TRIES_OF_SOURCE: Final = 500
TRIES_WINDOW_SECONDS: Final = 15 * 60
_LONGEST_NAME: Final = 80


def hit(*, key: str, limit: int, window_seconds: int) -> bool:
    """Counts one try of `key`. False where it is over `limit` within the window; call it outside a transaction."""
    return _count(key, window_seconds) <= limit


def is_full(*, key: str, limit: int) -> bool:
    """Whether the next `hit` of `key` would be over `limit`; nothing is counted."""
    return Throttle.objects.filter(key=key, window_until__gt=clock.now(), count__gte=limit).exists()


def may_sign_in(*, door: str, name: str, source: str) -> bool:
    """Counts one try to sign in as `name` at a door from the address `source`. False where it is one too many.

    A name is counted for each address apart: whoever knows it must not lock its owner out. What comes from one address, or
    for one name from all of them, has a bound as well, beyond which fewer tries are left: that slows who guesses widely.
    """
    pair, of_source, of_name = _sign_in_keys(door, name, source)
    if is_full(key=of_source, limit=MOST_TRIES_OF_SOURCE):
        # It writes nothing any more: names could be made up without end.
        return False
    tries = _count(pair, TRIES_WINDOW_SECONDS)
    if tries > TRIES:
        # What is not looked at counts for nobody else: one address alone never slows a name.
        return False
    from_there = _count(of_source, TRIES_WINDOW_SECONDS)
    of_all = _count(of_name, TRIES_WINDOW_SECONDS)
    is_calm = from_there <= TRIES_OF_SOURCE and of_all <= TRIES_OF_NAME
    return is_calm or tries <= TRIES_ONCE_SLOWED


def signed_in(*, door: str, name: str, source: str) -> None:
    """Takes back the try that was right: only failures count, since a whole office may stand behind one address."""
    pair, of_source, of_name = _sign_in_keys(door, name, source)
    clear(key=pair)
    give_back(key=of_source)
    give_back(key=of_name)


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
    counted = {_part(name) for name in names}
    keys = (key.split(":") for key in Throttle.objects.values_list("key", flat=True))
    own = [key for key in keys if len(key) > _PLACES and key[1] == str(organization.pk) and key[-1] in counted]
    Throttle.objects.filter(pk__in=[":".join(key) for key in own]).delete()


def forget() -> None:
    """Deletes the windows that are over."""
    Throttle.objects.filter(window_until__lte=clock.now()).delete()


def _count(key: str, window_seconds: int) -> int:
    now = clock.now()
    parameters = [key, engine.instant(now + timedelta(seconds=window_seconds)), engine.instant(now)]
    with connection.cursor() as cursor:
        # One statement, so that no try of many at once is overlooked.
        cursor.execute(_HIT, [*parameters, parameters[2]])
        count: int = cursor.fetchone()[0]
    return count


def _sign_in_keys(door: str, name: str, source: str) -> tuple[str, str, str]:
    part = _part(name)
    return f"{door}:at {source}:{part}", f"{door}:from:{source}", f"{door}:{part}"


def _part(name: str) -> str:
    return name.replace(":", " ")[:_LONGEST_NAME]
