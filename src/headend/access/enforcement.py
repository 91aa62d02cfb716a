"""Access is enforced by deciding again: whoever would now be refused is disconnected."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, Literal

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Mod

from headend.access import authorize, facts, refusable
from headend.access.models import Session
from headend.access.sessions import identification
from headend.customers.work import Scope
from headend.lib import clock
from headend.network import commands
from headend.network.models import Command, CommandKind
from headend.system import engine, jobs, waiting

# The sweep and the scopes decide for so many live sessions at once.
SLICE: Final = 500
# Everybody who is online is decided for again once in so many minutes, whatever the database knows.
ROUND_MINUTES: Final = 60
# Who missed a report, and half of the next, is not heard of any more.
SILENT_INTERIMS: Final = 1.5

_SCOPES: Final[dict[Scope, str]] = {
    Scope.CUSTOMER: "customer_id",
    Scope.GROUP: "customer__group_id",
    Scope.SUBSCRIPTION: "subscription_id",
    Scope.VOUCHER: "voucher_id",
    Scope.SHEET: "voucher__sheet_id",
    Scope.BATCH: "voucher__sheet__batch_id",
    Scope.NAS: "nas_id",
    Scope.ORGANIZATION: "organization_id",
}


def enforce(*, scope: Scope, scope_id: int) -> int:
    """Decides again for the live sessions of a customer, group, subscription, voucher, sheet, batch, NAS or organization.

    Returns how many are to be disconnected. Repeating it queues nothing twice.
    """
    return _decide_again(_live().filter(Q(**{_SCOPES[scope]: scope_id})))


def sweep() -> int:
    """Decides again for every live session that could be refused now, so that a forgotten Job is a delay and never a hole.

    Besides, each minute has its part of all the others: within ROUND_MINUTES everybody has been decided again by the rules
    themselves, and not only by what the database knows of them. And of those who logged in at the same moment, before any of
    them was counted, the last ones have to go.
    """
    now = clock.now()
    minute = int(now.timestamp() // 60) % ROUND_MINUTES
    part = _live().annotate(minute=Mod("pk", Value(ROUND_MINUTES))).filter(minute=minute).values_list("pk", flat=True)
    count = _decide(sorted({*refusable.sessions(now), *part}))
    return count + sum(_cut_surplus(kind) for kind in ("voucher", "subscription"))


def _live() -> QuerySet[Session]:
    # A session that belongs to neither is of a name that is not ours: the router let it on by itself.
    ours = Q(subscription__isnull=False) | Q(voucher__isnull=False)
    return Session.objects.filter(ours, ended_at__isnull=True)


def _decide_again(sessions: QuerySet[Session]) -> int:
    # The ids first: an index of what is live gives them, and no other way to cut slices leaves past sessions alone.
    return _decide(list(sessions.values_list("pk", flat=True)))


def _decide(live: list[int]) -> int:
    """Decides for these sessions, a slice at a time; says how many are to be disconnected."""
    count = 0
    for start in range(0, len(live), SLICE):
        jobs.renew()
        slice_ = _live().filter(pk__in=live[start : start + SLICE])
        count += _slice(list(slice_.select_related("nas", "organization").order_by("pk")))
    return count


def _slice(sessions: Iterable[Session]) -> int:
    now = clock.now()
    pairs = {session.pk: (_subject(session), session.mac) for session in sessions}
    running = facts.for_running(pairs.values(), now)
    count = 0
    for session in sessions:
        known = running.get(pairs[session.pk])
        decision = authorize.decide(known) if known else authorize.Refusal(authorize.Code.USER_UNKNOWN)
        if isinstance(decision, authorize.Refusal):
            _disconnect(session, decision.code)
            count += 1
    return count


# First who has more than one at all, who are few: an index of what is live says so by itself.
_FULL: Final = """
SELECT o.id, o.simultaneous_use FROM (
    SELECT {kind}_id AS id, COUNT(*) AS live FROM access_session
    WHERE ended_at IS NULL GROUP BY {kind}_id HAVING COUNT(*) > 1
) AS m CROSS JOIN access_{kind} o WHERE o.id = m.id AND m.live > o.simultaneous_use ORDER BY o.id
"""


def _cut_surplus(kind: Literal["voucher", "subscription"]) -> int:
    """Disconnects the devices beyond the number at once of a voucher or a subscription, those that came last."""
    count = 0
    for subject_id, limit in engine.rows(_FULL.format(kind=kind), []):
        live = (
            _live()
            .filter(**{f"{kind}_id": subject_id})
            .select_related("nas", "organization")
            .order_by("started_at", "pk")
        )
        # Whoever is being disconnected takes no room any more.
        going = Command.objects.filter(session_id__in=[session.pk for session in live], state__in=waiting.OPEN_STATES)
        gone = set(going.values_list("session_id", flat=True))
        for session in _surplus([session for session in live if session.pk not in gone], limit):
            _disconnect(session, authorize.Code.SESSION_LIMIT)
            count += 1
    return count


def _surplus(live: list[Session], limit: int) -> list[Session]:
    """The sessions, given in the order of their starts, of the devices that came after the first `limit` ones.

    Only what is heard of counts: a lost session takes no room from the device that is there. A device that has moved from one
    NAS to another is one.
    """
    now = clock.now()
    silence = timedelta(seconds=live[0].organization.interim_seconds * SILENT_INTERIMS) if live else timedelta()
    heard = [session for session in live if session.updated_at > now - silence]
    devices = list(dict.fromkeys(_device(session) for session in heard))
    return [session for session in heard if _device(session) in devices[limit:]]


def _device(session: Session) -> str:
    return session.mac or f"session {session.pk}"


def _disconnect(session: Session, reason: str) -> None:
    commands.queue(
        organization=session.organization,
        nas=session.nas,
        kind=CommandKind.DISCONNECT,
        session_id=session.pk,
        customer_id=session.customer_id,
        identification=identification(session),
        reason=reason,
    )


def _subject(session: Session) -> facts.Subject:
    if session.voucher_id is not None:
        return "voucher", session.voucher_id
    return "subscription", session.subscription_id or 0
