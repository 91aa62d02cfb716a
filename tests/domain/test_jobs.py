"""Work that waits: queued with its transaction, claimed by one, tried again, given up, forgotten."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from headend.lib import clock
from headend.system import jobs, waiting
from headend.system.models import Job, State
from tests.kit.threads import at_once

pytestmark = pytest.mark.django_db


def claim(owner: str = "one", *, after_seconds: float = 0, **options: Any) -> list[Job]:
    now = clock.now() + timedelta(seconds=after_seconds)
    return waiting.claim(Job.objects.filter(lane="now"), owner=owner, now=now, lease_seconds=30, **options)


def test_it_works() -> None:
    jobs.queue("enforce", scope="customer", scope_id=7)

    (job,) = claim()

    assert (job.kind, job.payload, job.state, job.attempts) == (
        "enforce",
        {"scope": "customer", "scope_id": 7},
        State.SENDING,
        1,
    )
    assert waiting.finish(job)
    job = Job.objects.get()
    assert job.state == State.DELIVERED
    assert job.finished_at is not None
    assert claim() == []


def test_a_job_is_gone_with_its_transaction() -> None:
    with transaction.atomic():
        jobs.queue("enforce")
        jobs.queue("enforce", unique_key="all")
        transaction.set_rollback(True)

    assert not Job.objects.exists()


def test_the_same_work_waits_once() -> None:
    with transaction.atomic():
        jobs.queue("enforce", unique_key="customer:7", scope_id=7)
        jobs.queue("enforce", unique_key="customer:7", scope_id=7)
        jobs.queue("enforce", unique_key="customer:8", scope_id=8)

    assert sorted(job.unique_key or "" for job in Job.objects.all()) == ["customer:7", "customer:8"]


def test_work_that_has_begun_does_not_count_as_waiting() -> None:
    jobs.queue("enforce", unique_key="customer:7")
    claim()

    jobs.queue("enforce", unique_key="customer:7")

    assert sorted(job.state for job in Job.objects.all()) == [State.QUEUED, State.SENDING]


def test_a_delayed_job_waits_for_its_time() -> None:
    jobs.queue("enforce", delay_seconds=60)

    assert claim() == []
    assert len(claim(after_seconds=61)) == 1


def test_a_lane_sees_only_its_own() -> None:
    jobs.queue("enforce", lane="bulk")

    assert claim() == []


def test_the_longest_waiting_comes_first() -> None:
    jobs.queue("second", delay_seconds=-1)
    jobs.queue("first", delay_seconds=-2)
    jobs.queue("third")

    assert [job.kind for job in claim(limit=2)] == ["first", "second"]


def test_a_claimed_row_is_claimed_again_when_its_lease_ran_out() -> None:
    jobs.queue("enforce")
    (lost,) = claim("dead")

    assert claim("two") == []
    (again,) = claim("two", after_seconds=31)

    assert (again.owner, again.attempts) == ("two", 2)
    assert not waiting.finish(lost), "the worker that lost its lease may not write any more"
    assert not waiting.fail(lost, "late", tries=3)
    assert not waiting.renew(lost, lease_seconds=30)
    assert waiting.finish(again)


def test_what_may_not_be_repeated_becomes_unknown() -> None:
    jobs.queue("prompt")
    claim("dead")

    assert claim("two", after_seconds=31, may_repeat=False) == []

    job = Job.objects.get()
    assert (job.state, job.error) == (State.UNKNOWN, waiting.LEASE_RAN_OUT)


def test_a_lease_can_be_renewed() -> None:
    jobs.queue("enforce")
    (job,) = claim("one")

    assert waiting.renew(job, lease_seconds=90)

    assert claim("two", after_seconds=31) == []


def test_a_job_renews_its_own_lease_and_learns_that_it_lost_it() -> None:
    jobs.renew()  # Outside a Job it does nothing.
    jobs.queue("enforce")
    (job,) = claim("one")
    with jobs.carrying_out(job):
        jobs.renew()
        claim("two", after_seconds=61)
        with pytest.raises(jobs.LeaseLostError):
            jobs.renew()


def test_a_failure_is_tried_again_and_then_shown() -> None:
    jobs.queue("enforce")
    (job,) = claim()
    assert waiting.fail(job, "the disk is full", tries=2)

    job = Job.objects.get()
    assert (job.state, job.error, job.owner) == (State.QUEUED, "the disk is full", "")
    assert job.next_at > clock.now()
    assert claim() == []

    (job,) = claim(after_seconds=10)
    assert waiting.fail(job, "x" * 2000, tries=2)

    job = Job.objects.get()
    assert job.state == State.FAILED
    assert job.finished_at is not None
    assert len(job.error) == waiting.ERROR_LONGEST


@pytest.mark.parametrize(
    ("attempts", "least", "most"), [(1, 1, 1.5), (2, 2, 3), (5, 16, 24), (10, 300, 450), (5000, 300, 450)]
)
def test_the_back_off_doubles_up_to_its_cap(attempts: int, least: float, most: float) -> None:
    waits = [waiting.back_off(attempts).total_seconds() for _ in range(50)]

    assert least <= min(waits)
    assert max(waits) <= most
    assert len(set(waits)) > 1, "rows that failed together must not come back together"


def test_old_jobs_are_forgotten() -> None:
    now = clock.now()
    for days, state in ((8, State.DELIVERED), (8, State.FAILED), (6, State.DELIVERED)):
        Job.objects.create(kind="enforce", lane="now", state=state, finished_at=now - timedelta(days=days))
    Job.objects.create(kind="enforce", lane="now", created_at=now - timedelta(days=30))

    assert jobs.forget() == 2

    assert sorted(Job.objects.values_list("state", flat=True)) == [State.DELIVERED, State.QUEUED]


def test_the_poll_uses_its_partial_index() -> None:
    """Four threads look four times a second: what ended days ago must cost nothing."""
    ready = waiting.ready(Job.objects.filter(lane="now"), clock.now()).order_by("next_at")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = ready.explain()

    assert "job_ready" in plan


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_each_job() -> None:
    for number in range(20):
        jobs.queue("enforce", number=number)
    got: list[int] = []

    def work(name: str) -> None:
        while claimed := claim(name):
            got.extend(job.pk for job in claimed)

    together(*(partial(work, name) for name in ("one", "two", "three", "four")))

    # SKIP LOCKED may show a worker an empty queue while the last rows are being claimed: what is left is claimable.
    got.extend(job.pk for job in claim("five", limit=20))
    assert len(got) == 20
    assert len(set(got)) == 20


@pytest.mark.django_db(transaction=True)
def test_transactions_that_queue_the_same_work_at_once_queue_it_once() -> None:
    together(*[lambda: jobs.queue("enforce", unique_key="customer:7")] * 4)

    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_work_that_others_wait_for_is_not_taken_before_they_commit() -> None:
    """Who finds the same work waiting relies on it: it must begin after their own changes are there to be seen."""
    jobs.queue("enforce", unique_key="customer:7")
    queued, claimed = threading.Event(), threading.Event()
    seen: list[list[Job]] = []

    def rely_on_it() -> None:
        with transaction.atomic():
            jobs.queue("enforce", unique_key="customer:7")
            queued.set()
            # On SQLite the claim waits for this transaction, so here nobody waits for the claim.
            claimed.wait(0.5)

    def take() -> None:
        assert queued.wait(20)
        seen.append(claim())
        claimed.set()

    together(rely_on_it, take)

    if connection.vendor == "postgresql":
        assert seen == [[]]
    assert Job.objects.count() == 1


def together(*acts: Callable[[], Any]) -> None:
    """Does all `acts` at once; raises what the first of them raised."""
    for result in at_once(*acts):
        if isinstance(result, Exception):
            raise result
