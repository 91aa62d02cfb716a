"""Whether there is room for what has to be kept."""

import time
from typing import Final

from django.db import DatabaseError

from headend.system import engine, throttles

# Below this a database soon finds no room for its log; SQLite's grows to 4 MB before it is written back.
FREE_LEAST_BYTES: Final = 16_000_000
# So long after a write that found no room nobody is sent here; then it is tried again.
FULL_SECONDS: Final = 60.0
# A look at /readyz is anybody's: it writes no more often than this.
_PROBE_SECONDS: Final = 10.0

_full_until = 0.0
_probe_at = 0.0


def note(error: BaseException | None) -> bool:
    """Whether an error says that the disk is full; `is_full` then says so as well for a while."""
    global _full_until  # noqa: PLW0603 - what this process has seen, for all its threads
    if not engine.is_full(error):
        return False
    _full_until = time.monotonic() + FULL_SECONDS
    return True


def is_full() -> bool:
    """Whether there is, or was within the last minute, no room to write. Raises DatabaseError where the database is out."""
    global _probe_at  # noqa: PLW0603 - the same
    free = engine.free_bytes()
    if (free is not None and free < FREE_LEAST_BYTES) or time.monotonic() < _full_until:
        return True
    if time.monotonic() < _probe_at:
        return False
    try:
        # Whether the database can write, it alone knows.
        throttles.hit(key="readyz", limit=1, window_seconds=1)
    except DatabaseError as error:
        if note(error):
            return True
        raise
    _probe_at = time.monotonic() + _PROBE_SECONDS
    return False


def forget() -> None:
    """What was seen so far counts no more."""
    global _full_until, _probe_at  # noqa: PLW0603 - the same
    _full_until = _probe_at = 0.0
