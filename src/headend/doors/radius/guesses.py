"""Wrong passwords, counted in this process alone and slowed: who guesses gets few tries, and nobody else notices.

A wrong password that comes again and again is mostly a customer's router with an old one. It stays under the bound, or gets in
within seconds of being set right: what is slowed is answered as a wrong password is, and not looked at. Nothing is locked.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final
from uuid import UUID

# Of one name from one device: so many are looked at at once, and one more after so many seconds.
DEVICE_AT_ONCE: Final = 20
DEVICE_SECONDS: Final = 5.0
# Of one name from whatever devices, for whoever can make up a device for each try. Devices that the customer had before are
# not bound by it: others cannot keep them out.
NAME_AT_ONCE: Final = 200
NAME_SECONDS: Final = 2.0
# What is kept of either; beyond it the one that was wrong longest ago is forgotten.
MOST: Final = 50_000


class Guesses:
    """What was wrong lately. Times are of the monotonic clock, in seconds; one thread asks."""

    def __init__(self) -> None:
        self._devices = _Bucket(DEVICE_AT_ONCE, DEVICE_SECONDS)
        self._names = _Bucket(NAME_AT_ONCE, NAME_SECONDS)

    def __bool__(self) -> bool:
        """Whether anything was wrong at all, so that nobody else pays for being looked up here."""
        return bool(self._names)

    def slows_device(self, name: UUID, device: str, now: float) -> bool:
        """Whether a device has used up its tries at a name."""
        return self._devices.is_empty((name, device), now)

    def slows_name(self, name: UUID, now: float) -> bool:
        """Whether all devices together have used up the tries at a name that are there for those nobody knows."""
        return self._names.is_empty(name, now)

    def wrong(self, name: UUID, device: str, now: float) -> None:
        """Counts a wrong password."""
        self._devices.take((name, device), now)
        self._names.take(name, now)

    def right(self, name: UUID, device: str) -> None:
        """Forgets what was wrong before."""
        self._devices.forget((name, device))


class _Bucket:
    """Tries by key: `at_once` of them, and a new one every `seconds`. What is kept is when all will be there again."""

    def __init__(self, at_once: int, seconds: float) -> None:
        self._slack, self._seconds = (at_once - 1) * seconds, seconds
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def is_empty(self, key: Hashable, now: float) -> bool:
        full_at = self._full_at.get(key)
        return full_at is not None and full_at - now > self._slack

    def take(self, key: Hashable, now: float) -> None:
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._seconds
        self._full_at.move_to_end(key)
        if len(self._full_at) > MOST:
            self._full_at.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        self._full_at.pop(key, None)
