"""Sessions with what was told to their NAS."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from django.db.models import Max, Q, QuerySet

from headend.access.models import Session
from headend.lib import clock, ids
from headend.network.models import Command
from headend.system.models import Organization, State

FAILED_HOURS: Final = 24


def last_commands(sessions: Iterable[Session]) -> dict[int, Command]:
    """The newest Command of each session that has one."""
    ids = [session.pk for session in sessions]
    newest = Command.objects.filter(session_id__in=ids).values("session_id").annotate(newest=Max("pk")).values("newest")
    return {command.session_id: command for command in Command.objects.filter(pk__in=newest)}


def failed_disconnects(organization: Organization) -> QuerySet[Command, int]:
    """The ids of the sessions whose Command failed in the last day."""
    return Command.objects.filter(
        organization=organization,
        state__in=[State.FAILED, State.UNKNOWN],
        created_at__gte=clock.now() - timedelta(hours=FAILED_HOURS),
    ).values_list("session_id", flat=True)


def found(rows: QuerySet[Session], query: str, customer_ids: Sequence[int], mac: str | None) -> QuerySet[Session]:
    """The sessions among `rows` of these customers, or with this username, voucher code, address or MAC (12 digits)."""
    wanted = Q(customer__in=customer_ids) | Q(user_name=query) | Q(framed_address=query)
    code = ids.voucher_code(query)
    if code:
        wanted |= Q(voucher__code_key=code.casefold())
    return rows.filter(wanted | Q(mac=mac) if mac else wanted)
