"""The worker: carries out Jobs and Commands in lanes that never wait for each other."""

import logging
import os
import secrets
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from django.db import close_old_connections, connection, connections

from headend.billing import prompts, rules
from headend.doors.worker import schedule
from headend.lib import clock
from headend.lib.refused import Refused
from headend.lib.stopping import stop_signals
from headend.messaging import messages, notices
from headend.network import commands
from headend.system import clocks, jobs, waiting
from headend.system.models import Job

# While the clock is not trusted nothing is closed or forgotten, and no provider is asked: all of that goes by time.
WAITING_LANES: Final = ("bulk", "money")
LANES: Final = {"now": 2, "soon": 1, "sweep": 1, "bulk": 1, "money": rules.GATEWAY_AT_ONCE + 2}
# More than one NAS may take at once, so that a NAS that does not answer never holds up the others.
COMMAND_THREADS: Final = commands.AT_ONCE + 2
# The same of a provider, and of an organization's carrier: one that hangs never takes all threads of its lane.
PROMPT_THREADS: Final = rules.GATEWAY_AT_ONCE + 2
MESSAGE_THREADS: Final = messages.AT_ONCE + 2
POLL_SECONDS: Final = 0.25
SCHEDULE_SECONDS: Final = 1.0
# After trouble with the database itself.
PAUSE_SECONDS: Final = 1.0
# So long the rows under way may take when the worker is told to stop; what is left has its lease run out.
STOP_SECONDS: Final = 5.0

log = logging.getLogger("headend.worker")

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Lane:
    """One queue of rows: `turn` claims one, carries it out, and says whether there was one."""

    name: str
    threads: int
    turn: Callable[[str], bool]
    # Whether its rows wait until the clock is trusted.
    waits: bool = False

    def take(self, owner: str) -> bool:
        """One turn, where the lane does not wait."""
        return not (self.waits and not clock.judge().is_trusted) and self.turn(owner)


def run() -> None:
    """Works until SIGTERM, SIGINT or SIGHUP; the rows under way are finished first. Call it in the main thread.

    Raises RuntimeError when a thread has died: the process is then better started anew.
    """
    stopping = threading.Event()
    for number in stop_signals():
        signal.signal(number, lambda *_: stopping.set())
    threads = start(stopping)
    log.info("The worker is ready.")
    while not stopping.wait(SCHEDULE_SECONDS):
        _guarded(_keep_time, stopping)
        is_whole = all(thread.is_alive() for thread in threads)
        if not is_whole and not stopping.is_set():
            raise RuntimeError("a thread of the worker has died")
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    connections.close_all()


def start(stopping: threading.Event) -> list[threading.Thread]:
    """Starts the threads of every lane; each ends soon after `stopping` is set."""
    worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
    threads = [
        threading.Thread(target=_work, args=(lane, f"{worker}:{lane.name}{number}", stopping), daemon=True)
        for lane in _lanes()
        for number in range(lane.threads)
    ]
    for thread in threads:
        thread.start()
    return threads


def run_once() -> int:
    """Carries out all that is ready in every lane, in this thread, until nothing is left; says how many rows. For tests."""
    owner = f"once:{secrets.token_hex(8)}"
    count = 0
    while done := sum(lane.take(owner) for lane in _lanes()):
        count += done
    return count


def _lanes() -> list[Lane]:
    lanes = [Lane(name, threads, partial(_take_job, name), name in WAITING_LANES) for name, threads in LANES.items()]
    return [
        *lanes,
        Lane("commands", COMMAND_THREADS, partial(_take, commands.claim, commands.send)),
        Lane("prompts", PROMPT_THREADS, partial(_take, prompts.claim, prompts.send), waits=True),
        Lane("events", 1, _hand_on),
        *(
            Lane(
                f"messages_{lane}",
                MESSAGE_THREADS,
                partial(_take, partial(messages.claim, lane=lane), messages.send),
                waits=True,
            )
            for lane in messages.TRIES
        ),
    ]


def _keep_time() -> int:
    clocks.look()
    return schedule.queue_due(clock.now())


def _work(lane: Lane, owner: str, stopping: threading.Event) -> None:
    while not stopping.is_set():
        if not _guarded(lambda: lane.take(owner), stopping):
            stopping.wait(POLL_SECONDS)
    connections.close_all()


def _guarded(turn: Callable[[], int], stopping: threading.Event) -> int:
    """One turn. The loop goes on when the database does not answer: outside a request no connection heals by itself."""
    try:
        close_old_connections()
        return turn()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other rows must still be carried out
        _log("A turn of the worker failed", error)
        connection.close()
        stopping.wait(PAUSE_SECONDS)
        return 0


def _take_job(lane: str, owner: str) -> bool:
    now = clock.now()
    if not waiting.is_anything_ready(Job, now, lane=lane):
        return False
    ready = Job.objects.filter(lane=lane)
    claimed = waiting.claim(ready, owner=owner, now=now, lease_seconds=jobs.LEASE_SECONDS[lane])
    for job in claimed:
        _carry_out(job)
    return bool(claimed)


def _take(claim: Callable[..., W | None], send: Callable[[W], None], owner: str) -> bool:
    """Claims one row that waits for the outside world, and sends it."""
    row = claim(owner=owner, now=clock.now())
    if row is None:
        return False
    send(row)
    return True


def _hand_on(owner: str) -> bool:
    return bool(notices.hand_on())


def _carry_out(job: Job) -> None:
    if job.attempts > jobs.TRIES:
        # Its last tries ended with the worker itself.
        waiting.fail(job, waiting.LEASE_RAN_OUT, tries=jobs.TRIES)
        return
    try:
        with jobs.carrying_out(job):
            schedule.verb(job.kind)(**job.payload)
    except Exception as error:  # noqa: BLE001 - a Job that fails is shown and tried again, and the lane goes on
        _log(f"Job {job.pk} ({job.kind}) failed at try {job.attempts}", error)
        # A refusal is an answer: asking again brings the same. The key is given up: the same work may wait already.
        tries = 0 if isinstance(error, Refused) else jobs.TRIES
        waiting.fail(job, _describe(error), tries=tries, unique_key=None)
    else:
        waiting.finish(job)


def _describe(error: Exception) -> str:
    """An error in one line. The further lines of a database's message may hold the values of a row."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _log(what: str, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    log.error("%s: %s%s", what, _describe(error), place)
