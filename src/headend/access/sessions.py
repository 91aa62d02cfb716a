"""Connections that their NASes report: how one ends that its NAS does not end, and how a NAS is told to end one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from headend.access import happenings, metering
from headend.access.models import Session
from headend.access.rules import Code
from headend.lib import clock
from headend.lib.refused import Refused
from headend.network import commands
from headend.network.models import Command, CommandKind
from headend.system import events
from headend.system.models import Organization, Staff

# Without a report for so many interim intervals a session is taken for lost.
SILENT_INTERVALS: Final = 3
REAPED_AT_ONCE: Final = 500


def close_of_nas(*, nas_id: int, at: datetime, cause: str) -> int:
    """Closes the sessions of a NAS that began until `at` (Accounting-On and -Off); counters stay. Returns how many.

    A late usage report still adds to a session that is closed so.
    """
    return Session.objects.filter(nas=nas_id, ended_at__isnull=True, started_at__lte=at).update(
        ended_at=at, end_cause=cause
    )


def reap() -> int:
    """Closes the sessions that their NAS has not reported for SILENT_INTERVALS, at their last report. Returns how many."""
    count = 0
    for organization_id, interim_seconds in Organization.objects.values_list("id", "interim_seconds"):
        silent_since = clock.now() - timedelta(seconds=interim_seconds * SILENT_INTERVALS)
        lost = Session.objects.filter(organization=organization_id, ended_at__isnull=True, updated_at__lt=silent_since)
        while found := list(lost.values_list("id", flat=True)[:REAPED_AT_ONCE]):
            still_lost = Session.objects.filter(id__in=found, ended_at__isnull=True, updated_at__lt=silent_since)
            count += still_lost.update(ended_at=F("updated_at"), end_cause=metering.LOST)
    return count


def close_replaced(*, session_ids: Iterable[int], at: datetime) -> int:
    """Closes sessions whose device came again on its NAS at `at`, at their last report: their Stop was lost, or is late.

    One that is reported all the same lives again. Returns how many were closed.
    """
    replaced = Session.objects.filter(pk__in=list(session_ids), ended_at__isnull=True, updated_at__lte=at)
    return replaced.update(ended_at=F("updated_at"), end_cause=metering.LOST)


def close_gone(*, session_id: int) -> None:
    """Closes a session that its NAS says it does not have, at its last report."""
    Session.objects.filter(pk=session_id, ended_at__isnull=True).update(
        ended_at=F("updated_at"), end_cause=metering.LOST
    )


def disconnect(*, session: Session, by: Staff | None, reason: str = "staff") -> Command:
    """Queues the Command that ends a session at its NAS. One that waits already is given back.

    Refuses `session_ended`.
    """
    if session.ended_at is not None:
        raise Refused(Code.SESSION_ENDED)
    with transaction.atomic():
        command = commands.queue(
            organization=session.organization,
            nas=session.nas,
            kind=CommandKind.DISCONNECT,
            session_id=session.pk,
            customer_id=session.customer_id,
            identification=identification(session),
            reason=reason,
        )
        events.record(
            happenings.SESSION_DISCONNECT_ASKED(nas=session.nas.name, reason=reason, user_name=session.user_name),
            organization=session.organization,
            subject=session,
            by=by,
            customer_id=session.customer_id,
        )
    return command


def identification(session: Session) -> dict[str, Any]:
    """What tells a NAS which session is meant (RFC 5176 section 3)."""
    return {
        "user_name": session.user_name,
        "acct_session_id": session.acct_session_id,
        "framed_address": session.framed_address,
        "nas_address": session.nas.address,
    }
