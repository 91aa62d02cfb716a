"""The one map from the kind of a Job to its verb, and what is done again and again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from headend.access import batches, enforcement, refusals, sessions, totals
from headend.billing import callbacks, inquiries
from headend.desk import erasures
from headend.ledger import days
from headend.lib import clock
from headend.messaging import codes, messages
from headend.network import commands
from headend.reports import figures
from headend.system import jobs, throttles
from headend.system.models import Revision


@dataclass(frozen=True, slots=True)
class Periodic:
    """A Job that is queued once in each stretch of `every_seconds`, by whichever worker gets there first."""

    name: str
    kind: str
    every_seconds: int
    lane: str
    # Whether it waits until the clock is trusted. What only decides again goes on: nobody expires then.
    waits: bool = True


def forget() -> None:
    """Deletes what is kept for a limited time only."""
    refusals.forget()
    commands.forget()
    messages.forget()
    codes.forget()
    callbacks.forget()
    jobs.forget()
    throttles.forget()
    SessionStore.clear_expired()


KINDS: Final[dict[str, Callable[..., Any]]] = {
    "enforce": enforcement.enforce,
    "sweep": enforcement.sweep,
    "reap": sessions.reap,
    "session_gone": sessions.close_gone,
    "fill_batch": batches.fill,
    "forget": forget,
    "ask_provider": inquiries.ask,
    "sweep_payments": inquiries.sweep,
    "close_days": days.close,
    "keep_figures": figures.keep,
    "keep_totals": totals.keep,
    "erase_traces": erasures.finish,
}

PERIODIC: Final = (
    Periodic("sweep", "sweep", 60, "sweep", waits=False),
    Periodic("reap", "reap", 60, "soon", waits=False),
    Periodic("sweep_payments", "sweep_payments", 600, "soon"),
    Periodic("keep_figures", "keep_figures", 300, "bulk"),
    Periodic("keep_totals", "keep_totals", 3600, "bulk"),
    Periodic("close_days", "close_days", 1800, "bulk"),
    Periodic("forget", "forget", 3600, "bulk"),
)

# A number that lies further ahead than this was written by a clock that has been put right since.
_AHEAD_AT_MOST: Final = 2


def verb(kind: str) -> Callable[..., Any]:
    """What carries out the Jobs of a kind. Raises LookupError for one that this version does not know."""
    if kind not in KINDS:
        raise LookupError(f"this version knows no Job of the kind {kind!r}")
    return KINDS[kind]


def queue_due(now: datetime) -> int:
    """Queues the periodic Jobs whose stretch has begun, and says how many.

    The number of the stretch that was queued last stands in a row of `Revision`; it is moved by compare-and-set in the
    transaction that queues the Job. So of several workers one queues it, and nothing is lost or done twice by a crash.
    """
    is_trusted = clock.judge().is_trusted
    names = {f"cron:{periodic.name}": periodic for periodic in PERIODIC if is_trusted or not periodic.waits}
    known = dict(Revision.objects.filter(name__in=names).values_list("name", "number"))
    return sum(_queue(periodic, name, known.get(name), now) for name, periodic in names.items())


def _queue(periodic: Periodic, name: str, last: int | None, now: datetime) -> int:
    stretch = int(now.timestamp()) // periodic.every_seconds
    if last is not None and last - _AHEAD_AT_MOST <= stretch <= last:
        return 0
    with transaction.atomic():
        if last is None:
            Revision.objects.bulk_create([Revision(name=name, number=0)], ignore_conflicts=True)
        if not Revision.objects.filter(name=name, number=last or 0).update(number=stretch):
            return 0
        # What waits still since the last stretch is not queued a second time: a slow worker does not fall ever further behind.
        jobs.queue(periodic.kind, lane=periodic.lane, unique_key=name)
    return 1
