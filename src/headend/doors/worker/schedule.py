"""The one map from the kind of a Job to its verb, and what is done again and again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from headend.access import batches, enforcement, refusals, sessions, totals
from headend.billing import callbacks, inquiries, payments
from headend.customers import work
from headend.desk import erasures
from headend.ledger import days
from headend.lib import clock
from headend.messaging import askings, broadcasts, carrier_credit, carriers, codes, deliveries, messages, reminders
from headend.network import commands
from headend.reports import figures
from headend.system import jobs, throttles
from headend.system.jobs import Kind
from headend.system.models import Revision


@dataclass(frozen=True, slots=True)
class Periodic:
    """A Job that is queued once in each stretch of `every_seconds`, by whichever worker gets there first."""

    kind: Kind
    verb: Callable[..., Any]
    every_seconds: int
    lane: str
    # Whether it waits until the clock is trusted. What only decides again goes on: nobody expires then.
    waits: bool = True


def forget() -> None:
    """Deletes what is kept for a limited time only."""
    refusals.forget()
    commands.forget()
    broadcasts.keep()
    messages.forget()
    codes.forget()
    callbacks.forget()
    jobs.forget()
    throttles.forget()
    SessionStore.clear_expired()


PERIODIC: Final = (
    Periodic(Kind("sweep"), enforcement.sweep, 60, "sweep", waits=False),
    Periodic(Kind("reap"), sessions.reap, 60, "soon", waits=False),
    Periodic(Kind("sweep_payments"), inquiries.sweep, 600, "soon"),
    Periodic(Kind("remind"), reminders.remind, 300, "bulk"),
    Periodic(Kind("settle_broadcasts"), broadcasts.settle, 60, "soon"),
    Periodic(Kind("keep_figures"), figures.keep, 300, "bulk"),
    Periodic(Kind("keep_totals"), totals.keep, 3600, "bulk"),
    Periodic(Kind("close_days"), days.close, 1800, "bulk"),
    Periodic(Kind("sweep_deliveries"), askings.queue_due, 60, "bulk"),
    Periodic(Kind("sweep_credit"), carrier_credit.queue_questions, 3600, "bulk"),
    Periodic(Kind("forget"), forget, 3600, "bulk"),
)

KINDS: Final[dict[str, Callable[..., Any]]] = {
    work.ENFORCE: enforcement.enforce,
    work.ERASE_TRACES: erasures.finish,
    commands.SESSION_GONE: sessions.close_gone,
    batches.FILL: batches.fill,
    payments.ASK_PROVIDER: inquiries.ask,
    carriers.ASK_CREDIT: carrier_credit.ask,
    deliveries.LOOK_AGAIN: deliveries.look_again,
    askings.ASK: askings.ask,
    broadcasts.WRITE: broadcasts.write,
    **{periodic.kind: periodic.verb for periodic in PERIODIC},
}

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
    names = {f"cron:{periodic.kind}": periodic for periodic in PERIODIC if is_trusted or not periodic.waits}
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
