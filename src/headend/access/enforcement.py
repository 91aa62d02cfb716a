"""Access is enforced by deciding again: whoever would now be refused is disconnected."""

from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet

from headend.access import authorize, facts
from headend.access.models import Session
from headend.access.sessions import identification
from headend.lib import clock
from headend.network import commands
from headend.network.models import CommandKind
from headend.system import jobs

# The sweep and the scopes decide for so many live sessions at once.
SLICE: Final = 500

_SCOPES: Final = {
    "customer": "customer_id",
    "group": "customer__group_id",
    "subscription": "subscription_id",
    "voucher": "voucher_id",
    "sheet": "voucher__sheet_id",
    "batch": "voucher__sheet__batch_id",
    "nas": "nas_id",
    "organization": "organization_id",
}


def enforce(*, scope: str, scope_id: int) -> int:
    """Decides again for the live sessions of a customer, group, subscription, voucher, sheet, batch, NAS or organization.

    Returns how many are to be disconnected. Repeating it queues nothing twice.
    """
    return _decide_again(_live().filter(Q(**{_SCOPES[scope]: scope_id})))


def sweep() -> int:
    """Decides again for every live session, so that a forgotten Job is a delay and never a hole."""
    return _decide_again(_live())


def _live() -> QuerySet[Session]:
    # A session that belongs to neither is of a name that is not ours: the router let it on by itself.
    ours = Q(subscription__isnull=False) | Q(voucher__isnull=False)
    return Session.objects.filter(ours, ended_at__isnull=True)


def _decide_again(sessions: QuerySet[Session]) -> int:
    count, last_id = 0, 0
    while found := list(sessions.filter(pk__gt=last_id).select_related("nas", "organization").order_by("pk")[:SLICE]):
        jobs.renew()
        count += _slice(found)
        last_id = found[-1].pk
    return count


def _slice(sessions: Iterable[Session]) -> int:
    now = clock.now()
    pairs = {session.pk: (_owner(session), session.mac) for session in sessions}
    running = facts.for_running(pairs.values(), now)
    count = 0
    for session in sessions:
        known = running.get(pairs[session.pk])
        decision = authorize.decide(known) if known else authorize.Refusal(authorize.Code.USER_UNKNOWN)
        if isinstance(decision, authorize.Refusal):
            commands.queue(
                organization=session.organization,
                nas=session.nas,
                kind=CommandKind.DISCONNECT,
                session_id=session.pk,
                customer_id=session.customer_id,
                identification=identification(session),
                reason=decision.code,
            )
            count += 1
    return count


def _owner(session: Session) -> facts.Owner:
    if session.voucher_id is not None:
        return "voucher", session.voucher_id
    return "subscription", session.subscription_id or 0
