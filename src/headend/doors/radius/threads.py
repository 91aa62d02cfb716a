"""The two threads that touch the database: one for look-ups, one for accounting."""

import logging
import queue
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from headend.doors.radius.arrivals import Answer, Arrival, Request, answer_status, examine
from headend.doors.radius.clients import Clients
from headend.doors.radius.counts import Counts
from headend.lib.radius.packet import Code
from headend.system import clocks
from headend.system.sealing import SealingError

log = logging.getLogger(__name__)

# A NAS gives up after about a second: an older request would be answered to nobody.
STALE_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 0.25

Work = Callable[[list[Request], Counts], list[Answer]]


class BatchThread(Thread):
    """Takes what has arrived, as much as there is, works on it together and hands the answers back.

    `gather_seconds` is how long a first arrival waits for company: accounting shares one commit.
    """

    def __init__(
        self,
        *,
        name: str,
        work: Work,
        hand_back: Callable[[list[Answer]], None],
        counts: Counts,
        most: int,
        gather_seconds: float,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._work, self._hand_back, self._counts = work, hand_back, counts
        self._most, self._gather_seconds = most, gather_seconds
        self._clients = Clients()
        self._stopping = Event()

    def stop(self) -> None:
        """Lets the thread end once nothing waits any more."""
        self._stopping.set()

    def run(self) -> None:
        while True:
            batch = self._collect()
            if not batch and self._stopping.is_set():
                break
            self._take(batch)
        connection.close()

    def idle(self) -> None:
        """Called after each batch, and when there is none; the look-up thread writes the counts here."""

    def _collect(self) -> list[Arrival]:
        try:
            batch = [self.arrivals.get(timeout=IDLE_SECONDS)]
        except queue.Empty:
            return []
        deadline = monotonic() + self._gather_seconds
        while len(batch) < self._most:
            try:
                rest = deadline - monotonic()
                batch.append(self.arrivals.get(timeout=rest) if rest > 0 else self.arrivals.get_nowait())
            except queue.Empty:
                break
        return batch

    def _take(self, batch: list[Arrival]) -> None:
        answers = [Answer(arrival, None) for arrival in batch]
        try:
            # A connection outside a web request never heals by itself.
            connection.close_if_unusable_or_obsolete()
            if batch:
                answers = self._answers(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next packets must still be answered
            self._complain(f"{len(batch)} packets could not be answered", error)
        self._hand_back(answers)
        try:
            self.idle()
        except Exception as error:  # noqa: BLE001 - the same
            self._complain("The counts could not be written", error)

    def _complain(self, what: str, error: Exception) -> None:
        """Logs and starts anew. A database that is down gets one line: it comes again with each packet."""
        if isinstance(error, DatabaseError | SealingError):
            log.error("%s: %s", what, error)
        else:
            log.error(what, exc_info=error)
        connection.close()

    def _answers(self, batch: list[Arrival]) -> list[Answer]:
        self._clients.refresh()
        answers, requests = [], []
        oldest = monotonic() - STALE_SECONDS
        for arrival in batch:
            request = None
            if arrival.waits_since < oldest:
                self._counts.refused("too_busy", arrival.source, self._clients.find(arrival.source))
            else:
                request = self._examine(arrival)
            if request is None:
                answers.append(Answer(arrival, None))
            elif request.packet.code == Code.STATUS_SERVER:
                answers.append(answer_status(request))
            else:
                requests.append(request)
        return answers + (self._worked(requests) if requests else [])

    def _examine(self, arrival: Arrival) -> Request | None:
        try:
            return examine(arrival, self._clients.find(arrival.source), self._counts)
        except Exception as error:  # noqa: BLE001 - one packet that nobody foresaw must not silence the others
            self._complain("A packet could not be read", error)
            return None

    def _worked(self, requests: list[Request]) -> list[Answer]:
        """The answers to a batch. What breaks it is halved off, until it stands alone and gets none."""
        try:
            return self._work(requests, self._counts)
        except (OperationalError, InterfaceError):
            # No packet is at fault, and none would fare better alone.
            raise
        except Exception as error:  # noqa: BLE001 - the same
            self._complain(f"{len(requests)} packets could not be answered", error)
        if len(requests) == 1:
            return [Answer(requests[0].arrival, None)]
        middle = len(requests) // 2
        return self._worked(requests[:middle]) + self._worked(requests[middle:])


class LookupThread(BatchThread):
    """The thread that answers Access-Requests, and writes the counts of both threads between two batches."""

    def idle(self) -> None:
        self._counts.write()
        clocks.look()

    def run(self) -> None:
        super().run()
        self._counts.write(now=True)
        connection.close()
