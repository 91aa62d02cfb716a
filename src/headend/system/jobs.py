"""Work for the worker, queued in the transaction that causes it: with it committed, with it gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Final, NewType

from django.db import transaction

from headend.lib import clock
from headend.system import waiting
from headend.system.models import Job, Organization, State

# A Job is taken over when its worker died: after this long without a sign of life. Urgent work is short.
# *money* is apart: a provider that hangs must keep nobody connected who is to be cut off. So is *sweep*: who looks through all that
# is online lets nothing else wait.
LEASE_SECONDS: Final = {"now": 30, "soon": 120, "sweep": 120, "bulk": 600, "money": 60}
TRIES: Final = 10
KEPT_DAYS: Final = 7
_KEY_TRIES: Final = 5

# What a Job is called in its row. Each is declared once, by who queues it, and `doors/worker/schedule.py` has its verb.
Kind = NewType("Kind", str)

_present: ContextVar[Job | None] = ContextVar("present_job", default=None)


class LeaseLostError(Exception):
    """The Job took too long and another worker has it now: what is not committed yet must not be."""


def queue(
    kind: Kind,
    *,
    organization: Organization | None = None,
    lane: str = "now",
    unique_key: str | None = None,
    delay_seconds: float = 0,
    **payload: Any,
) -> None:
    """Queues work for the worker; `payload` are the arguments of its verb and hold no secret.

    With a `unique_key` it does nothing when the same work waits already; work that has begun does not count as waiting.
    """
    assert lane in LEASE_SECONDS, lane
    job = Job(
        organization=organization,
        kind=kind,
        lane=lane,
        unique_key=unique_key,
        payload=payload,
        next_at=clock.now() + timedelta(seconds=delay_seconds),
    )
    if unique_key is None:
        job.save(force_insert=True)
        return
    with transaction.atomic():
        _queue_once(job)


def renew() -> None:
    """Prolongs the lease of the Job that this thread carries out; outside a Job it does nothing.

    A verb that works in slices calls it in each slice's transaction. Raises LeaseLostError.
    """
    job = _present.get()
    if job is not None and not waiting.renew(job, lease_seconds=LEASE_SECONDS[job.lane]):
        raise LeaseLostError(f"Job {job.pk} ({job.kind}) was taken over by another worker")


@contextmanager
def carrying_out(job: Job) -> Iterator[None]:
    """Inside, `renew` speaks of this Job."""
    token = _present.set(job)
    try:
        yield
    finally:
        _present.reset(token)


def forget() -> int:
    """Deletes the Jobs that ended more than KEPT_DAYS ago, and says how many."""
    return waiting.forget(Job.objects.all(), before=clock.now() - timedelta(days=KEPT_DAYS))


def _queue_once(job: Job) -> None:
    for _ in range(_KEY_TRIES):
        Job.objects.bulk_create([job], ignore_conflicts=True)
        # On PostgreSQL the row that waits already is locked until we commit: a worker that took it before that would not
        # see what we are about to change, and our own work would be lost.
        same = Job.objects.filter(unique_key=job.unique_key, state=State.QUEUED).select_for_update(no_key=True)
        if list(same.values_list("pk", flat=True)):
            return
    raise AssertionError(f"the Job {job.kind} with the key {job.unique_key} could be neither queued nor found")
