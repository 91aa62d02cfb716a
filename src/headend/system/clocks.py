"""The last instant at which the clock was trusted, kept where it outlives a restart.

Two rows of `Revision`, in whole seconds since 1970: `clock` is moved while the clock is trusted and stands still while it is not;
`clock:running` is there only then, and is what the product's own time has come to since, so that a process that starts later agrees.
"""

import time
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from headend.lib import clock
from headend.system import events, happenings
from headend.system.models import Event, Organization, Revision, Staff

KEPT_SECONDS: Final = 60.0
# While the clock is not trusted somebody may confirm it at any moment.
LOOK_SECONDS: Final = 2.0

_KNOWN: Final = "clock"
_RUNNING: Final = "clock:running"
# Of this process: what the last look found, and when the next one is due on the clock that never jumps.
_was_trusted = True
_next_look = 0.0


def load() -> None:
    """Tells this process what the database knows of the time. Each process calls it before it answers anything."""
    numbers = dict(Revision.objects.filter(name__in=(_KNOWN, _RUNNING)).values_list("name", "number"))
    known_at = datetime.fromtimestamp(numbers[_KNOWN], UTC) if _KNOWN in numbers else _newest_event_at()
    if known_at is not None:
        running_at = datetime.fromtimestamp(numbers.get(_RUNNING, 0), UTC)
        clock.know(known_at, max(known_at, running_at))


def look() -> clock.Judgement:
    """Looks at the clock and keeps what it says; while it is not trusted, looks whether somebody has confirmed it.

    Every process calls it often: mostly it asks no database.
    """
    global _next_look, _was_trusted  # noqa: PLW0603 - of the process, as the clock itself is
    judgement = clock.judge()
    if time.monotonic() < _next_look and judgement.is_trusted is _was_trusted:
        return judgement
    # Before the database is asked: while it does not answer, nobody asks it all the time.
    _next_look = time.monotonic() + LOOK_SECONDS
    if judgement.is_trusted:
        _keep(_KNOWN, judgement.now)
        Revision.objects.filter(name=_RUNNING).delete()
    else:
        judgement = _look_again(judgement)
    _was_trusted = judgement.is_trusted
    _next_look = time.monotonic() + (KEPT_SECONDS if _was_trusted else LOOK_SECONDS)
    return judgement


def confirm(*, organization: Organization, by: Staff) -> None:
    """Somebody has said that the machine's clock is right, whatever was known before."""
    judgement = clock.judge()
    if judgement.is_trusted:
        return
    with transaction.atomic():
        Revision.objects.filter(name=_RUNNING).delete()
        Revision.objects.filter(name=_KNOWN).delete()
        _keep(_KNOWN, judgement.clock_at)
        clock.know(judgement.clock_at, judgement.clock_at)
        events.record(
            happenings.CLOCK_CONFIRMED(clock_at=judgement.clock_at.isoformat(), known_at=str(judgement.known_at)),
            organization=organization,
            subject=organization,
            by=by,
        )


def _look_again(judgement: clock.Judgement) -> clock.Judgement:
    """What the clock is worth after a look at what others know of it."""
    if _was_trusted and judgement.known_at is not None:
        # It was set while we ran: the others, and those that start later, go on from where we were.
        _keep(_KNOWN, judgement.known_at)
    load()
    judgement = clock.judge()
    if not judgement.is_trusted:
        _keep(_RUNNING, judgement.now)
    return judgement


def _keep(name: str, instant: datetime) -> None:
    """Moves a row on, and never back."""
    seconds = int(instant.timestamp())
    if not Revision.objects.filter(name=name, number__lt=seconds).update(number=seconds):
        Revision.objects.bulk_create([Revision(name=name, number=seconds)], ignore_conflicts=True)


def _newest_event_at() -> datetime | None:
    """What an installation knows that was made before the row was kept."""
    return Event.objects.order_by("-pk").values_list("at", flat=True).first()
