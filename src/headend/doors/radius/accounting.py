"""Accounting-Requests: kept together in one transaction, and answered only after its commit."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Literal

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from headend.access import metering, recording, sessions
from headend.access.metering import Report
from headend.doors.radius import translate
from headend.doors.radius.arrivals import Answer, Request
from headend.doors.radius.counts import Counts
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code, PacketError, encode_reply

log = logging.getLogger(__name__)

TRIES: Final = 3
PAUSE_SECONDS: Final = 0.05

_KINDS: Final[dict[int, Literal["start", "interim", "stop"]]] = {
    AcctStatusType.START: "start",
    AcctStatusType.INTERIM_UPDATE: "interim",
    AcctStatusType.STOP: "stop",
}
_RESTARTS: Final[dict[int, str]] = {
    AcctStatusType.ACCOUNTING_ON: metering.NAS_REBOOT,
    AcctStatusType.ACCOUNTING_OFF: metering.NAS_OFF,
}


@dataclass(slots=True)
class Read:
    """One Accounting-Request, read. Of a restart of its NAS `cause` says why sessions end; without both it is a kind that
    we have no use for, which is answered all the same.
    """

    request: Request
    at: datetime
    cause: str = ""
    report: Report | None = None


def answer(requests: Sequence[Request], counts: Counts) -> list[Answer]:
    """Keeps what the requests say and returns their answers; silence for what could not be kept, so that it comes again."""
    read = []
    answers = []
    now = clock.now()
    timed: set[int] = set()
    for request in requests:
        try:
            read.append(_read(request, now))
            if request.client.nas_id not in timed:
                timed.add(request.client.nas_id)
                _look_at_clock(request, now, counts)
        except PacketError as error:
            answers.append(_unkeepable(request, counts, str(error)))
    # Reports before and after a restart of their NAS stay apart, in the order in which they came.
    for restarts, group in groupby(read, key=lambda entry: bool(entry.cause)):
        if restarts:
            answers += [_restart(entry) for entry in group]
        else:
            answers += _keep([(entry.request, entry.report) for entry in group], counts)
    return answers


def _look_at_clock(request: Request, now: datetime, counts: Counts) -> None:
    ahead_seconds = translate.clock_offset(request, now)
    if ahead_seconds is not None:
        counts.clock(request.client, ahead_seconds)


def _read(request: Request, now: datetime) -> Read:
    """What a request says. Raises PacketError where it cannot be kept; nobody else's report is touched by that."""
    status = request.packet.integer(a.ACCT_STATUS_TYPE)
    if status is None:
        raise PacketError("the report has no Acct-Status-Type")
    cause = _RESTARTS.get(status, "")
    if cause:
        # Its time stamp is not needed; but a number that is none spoils the whole request (RFC 2866 section 5).
        request.packet.integer(a.EVENT_TIMESTAMP)
        return Read(request, translate.event_time(request, now), cause)
    kind = _KINDS.get(status)
    return Read(request, now, report=translate.report(request, kind, now) if kind else None)


def _restart(entry: Read) -> Answer:
    try:
        sessions.close_of_nas(nas_id=entry.request.client.nas_id, at=entry.at, cause=entry.cause)
    except DatabaseError:
        log.exception("an Accounting-On or -Off could not be kept")
        connection.close()
        return Answer(entry.request.arrival, None)
    return _answered(entry.request)


def _keep(entries: list[tuple[Request, Report | None]], counts: Counts) -> list[Answer]:
    """Writes reports together; halves them around one that cannot be written, until it stands alone."""
    reports = [report for _, report in entries if report is not None]
    try:
        if reports:
            _record(reports)
    except (OperationalError, InterfaceError):
        log.exception("%d reports could not be kept; their NASes will send them again", len(reports))
        return [Answer(request.arrival, None) for request, _ in entries]
    except Exception as error:  # one bad report must not stop the others
        if len(entries) == 1:
            log.exception("a report was dropped")
            return [_unkeepable(entries[0][0], counts, type(error).__name__)]
        middle = len(entries) // 2
        return _keep(entries[:middle], counts) + _keep(entries[middle:], counts)
    return [_answered(request) for request, _ in entries]


def _record(reports: list[Report]) -> None:
    """Records with new tries after a deadlock or a lost connection: a repeated report changes nothing."""
    for attempt in range(TRIES):
        try:
            recording.record(reports)
        except (OperationalError, InterfaceError):
            connection.close()
            if attempt == TRIES - 1:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _unkeepable(request: Request, counts: Counts, why: str) -> Answer:
    log.warning("a report from %s was dropped: %s", request.arrival.source, why)
    counts.refused("report_unkeepable", request.arrival.source, request.client)
    return Answer(request.arrival, None)


def _answered(request: Request) -> Answer:
    # Without Message-Authenticator: accounting is not open to the forgery that it prevents.
    reply = encode_reply(
        Code.ACCOUNTING_RESPONSE, request.packet, [], request.client.secret, message_authenticator=False
    )
    return Answer(request.arrival, reply)
