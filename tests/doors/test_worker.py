"""The worker: its lanes, what becomes of a Job that fails, and what is done again and again."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from headend.access.models import Session
from headend.customers import suspensions
from headend.doors.worker import loop, schedule
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Code, decode, encode_reply
from headend.lib.refused import Refused
from headend.network.models import NAS, Command
from headend.system import jobs, waiting
from headend.system.models import Event, Job, Revision, State
from tests.kit import world
from tests.kit.threads import at_once
from tests.kit.verbs import connects

pytestmark = pytest.mark.django_db
PATIENCE_SECONDS = 20


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[..., Any]], None]:
    """Adds a kind of Job to the map."""
    return lambda name, verb: monkeypatch.setitem(schedule.KINDS, name, verb)


@pytest.fixture
def worker() -> Iterator[Callable[[], None]]:
    """Starts the threads of a worker; they are stopped at the end of the test."""
    stopping = threading.Event()
    threads: list[threading.Thread] = []
    yield lambda: threads.extend(loop.start(stopping))
    stopping.set()
    for thread in threads:
        thread.join()


def wait_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE_SECONDS)


def test_it_works() -> None:
    """The verb that the map names is called with what was queued."""
    baobab = world.make()
    now = clock.now()
    session = Session.objects.create(
        organization=baobab.organization,
        nas=baobab.hilltop,
        user_name="otieno",
        acct_session_id="81a00001",
        started_at=now - timedelta(hours=1),
        updated_at=now,
    )
    Job.objects.all().delete()
    Event.objects.all().delete()
    jobs.queue("session_gone", organization=baobab.organization, session_id=session.pk)

    assert loop.run_once() == 1

    session.refresh_from_db()
    assert session.ended_at == session.updated_at
    assert Job.objects.get().state == State.DELIVERED


def test_run_once_does_every_lane_and_what_that_queues(kind: Callable[..., None]) -> None:
    done: list[str] = []
    kind("more", lambda: jobs.queue("note", lane="bulk", word="more"))

    def note(word: str) -> None:
        done.append(word)

    kind("note", note)
    for lane in ("now", "soon", "bulk"):
        jobs.queue("note", lane=lane, word=lane)
    jobs.queue("more", lane="soon")

    assert loop.run_once() == 5

    assert sorted(done) == ["bulk", "more", "now", "soon"]
    assert loop.run_once() == 0


def test_an_error_is_kept_and_tried_again(kind: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OperationalError("the disk is full\nDETAIL: password=(k1tten)")

    kind("fail", fail)
    jobs.queue("fail", unique_key="fail")
    with caplog.at_level(logging.ERROR):
        loop.run_once()

    job = Job.objects.get()
    assert (job.state, job.attempts, job.error) == (State.QUEUED, 1, "OperationalError: the disk is full")
    assert f"Job {job.pk} (fail) failed at try 1" in caplog.text
    assert "k1tten" not in caplog.text

    Job.objects.update(attempts=jobs.TRIES - 1, next_at=clock.now())
    loop.run_once()

    assert Job.objects.get().state == State.FAILED


def test_a_failed_job_does_not_stand_in_the_way_of_the_same_work(kind: Callable[..., None]) -> None:
    def fail() -> None:
        jobs.queue("fail", unique_key="same")
        raise ValueError("no")

    kind("fail", fail)
    jobs.queue("fail", unique_key="same", delay_seconds=-60)
    (job,) = waiting.claim(Job.objects.all(), owner="one", now=clock.now(), lease_seconds=30)
    loop._carry_out(job)

    assert [job.state for job in Job.objects.all()] == [State.QUEUED, State.QUEUED]


def test_a_refusal_is_not_tried_again(kind: Callable[..., None]) -> None:
    def refuse() -> None:
        raise Refused("session_ended")

    kind("refuse", refuse)
    jobs.queue("refuse")
    loop.run_once()

    job = Job.objects.get()
    assert (job.state, job.error) == (State.FAILED, "Refused: session_ended")


def test_an_unknown_kind_waits_for_a_newer_worker() -> None:
    jobs.queue("never_heard_of")
    loop.run_once()

    job = Job.objects.get()
    assert job.state == State.QUEUED
    assert "never_heard_of" in job.error


def test_a_job_that_kills_its_worker_is_given_up() -> None:
    jobs.queue("enforce", scope="customer", scope_id=1)
    Job.objects.update(
        state=State.SENDING, owner="dead", attempts=jobs.TRIES, lease_until=clock.now() - timedelta(seconds=1)
    )

    loop.run_once()

    job = Job.objects.get()
    assert (job.state, job.error) == (State.FAILED, waiting.LEASE_RAN_OUT)


def test_a_periodic_job_is_queued_once_in_each_stretch() -> None:
    now = clock.now().replace(minute=0, second=0)

    assert schedule.queue_due(now) == len(schedule.PERIODIC)
    assert schedule.queue_due(now) == 0
    Job.objects.update(state=State.DELIVERED, finished_at=now)
    assert schedule.queue_due(now + timedelta(seconds=59)) == 0
    assert schedule.queue_due(now + timedelta(seconds=60)) == 4
    queued = sorted(Job.objects.filter(state=State.QUEUED).values_list("kind", flat=True))
    assert queued == ["reap", "settle_broadcasts", "sweep", "sweep_deliveries"]


def test_periodic_jobs_do_not_pile_up() -> None:
    now = clock.now()
    for minutes in range(5):
        schedule.queue_due(now + timedelta(minutes=minutes))

    assert Job.objects.filter(kind="sweep").count() == 1


def test_a_clock_that_was_wrong_does_not_stop_the_sweep() -> None:
    now = clock.now()
    schedule.queue_due(now + timedelta(days=3650))
    Job.objects.all().delete()

    assert schedule.queue_due(now) == len(schedule.PERIODIC)
    assert schedule.queue_due(now) == 0


@pytest.mark.django_db(transaction=True)
def test_several_workers_queue_a_periodic_job_once() -> None:
    now = clock.now().replace(minute=0, second=0)
    barrier = threading.Barrier(4)

    def queue() -> None:
        for minute in range(5):
            barrier.wait(PATIENCE_SECONDS)
            schedule.queue_due(now + timedelta(minutes=minute))
            # What is queued is carried out at once, so that only the row of the stretch can keep the others from queueing.
            Job.objects.filter(state=State.QUEUED).update(state=State.DELIVERED)

    assert at_once(queue, queue, queue, queue) == [None] * 4
    assert Job.objects.filter(kind="sweep").count() == 5
    assert Revision.objects.get(name="cron:sweep").number == int((now + timedelta(minutes=4)).timestamp()) // 60


@pytest.mark.django_db(transaction=True)
def test_with_no_job_left_the_minutes_sweep_cuts_off_who_was_disabled(worker: Callable[[], None]) -> None:
    """Whatever became of the Job that a verb queued, the router hears of it within the minute, and of nobody else."""
    baobab = world.make()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as router:
        router.bind(("127.0.0.1", 0))
        router.settimeout(PATIENCE_SECONDS)
        NAS.objects.filter(pk=baobab.hilltop.pk).update(coa_port=router.getsockname()[1])
        session = connects(baobab, "otieno", session="81a00001")
        connects(baobab, "grace", session="81a00002")
        now = clock.now()
        schedule.queue_due(now)
        with transaction.atomic():
            suspensions.suspend(customer=baobab.otieno, kind="disabled", by=None)
            Job.objects.all().delete()
        worker()
        assert schedule.queue_due(now) == 0

        schedule.queue_due(now + timedelta(minutes=1))

        datagram, worker_address = router.recvfrom(4096)
        request = decode(datagram)
        answer = encode_reply(Code.DISCONNECT_ACK, request, [], world.SECRET.encode(), message_authenticator=False)
        router.sendto(answer, worker_address)
    assert request.code == Code.DISCONNECT_REQUEST
    assert request.text(a.ACCT_SESSION_ID) == session.acct_session_id
    assert [(command.session_id, command.reason) for command in Command.objects.all()] == [
        (session.pk, "customer_disabled")
    ]


@pytest.mark.django_db(transaction=True)
def test_lanes_do_not_wait_for_each_other(kind: Callable[..., None], worker: Callable[[], None]) -> None:
    begun, urgent_done, let_go = threading.Event(), threading.Event(), threading.Event()

    def long() -> None:
        begun.set()
        let_go.wait(PATIENCE_SECONDS)

    kind("long", long)
    kind("urgent", urgent_done.set)
    jobs.queue("long", lane="bulk")
    worker()
    wait_for(begun)

    jobs.queue("urgent")
    wait_for(urgent_done)

    assert Job.objects.get(kind="long").state == State.SENDING
    let_go.set()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_stops_finishes_the_row_under_way(kind: Callable[..., None]) -> None:
    begun, let_go, stopping = threading.Event(), threading.Event(), threading.Event()

    def long() -> None:
        begun.set()
        let_go.wait(PATIENCE_SECONDS)

    kind("long", long)
    jobs.queue("long")
    threads = loop.start(stopping)
    wait_for(begun)
    stopping.set()
    jobs.queue("enforce", scope="customer", scope_id=1, lane="bulk", delay_seconds=3600)
    let_go.set()
    for thread in threads:
        thread.join()

    assert Job.objects.get(kind="long").state == State.DELIVERED
    assert Job.objects.get(kind="enforce").state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_when_its_connection_broke(kind: Callable[..., None], worker: Callable[[], None]) -> None:
    """A connection outside a request never heals by itself."""
    done = threading.Event()

    def break_it() -> None:
        connection.connection.close()

    kind("break", break_it)
    kind("after", done.set)
    worker()
    jobs.queue("break", lane="bulk")
    jobs.queue("after", lane="bulk", delay_seconds=0.1)

    wait_for(done)
