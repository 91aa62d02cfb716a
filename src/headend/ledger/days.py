"""Closing days: what each account of an organization moved is summed once, so that balances stay cheap."""

from datetime import date, timedelta
from typing import Final

from django.db import connection, transaction

from headend.ledger.models import Closing, Entry
from headend.lib import clock
from headend.system import engine, jobs
from headend.system.models import Organization

# A transaction that booked something at the very end of the day has ended long before this.
GRACE: Final = timedelta(hours=1)


def close() -> int:
    """Closes the days that are over, of every organization; says how many organizations had one. Repeating does nothing.

    Each day on which something was booked is a transaction of its own: the first closing of a long ledger holds up nobody.
    """
    return sum(_close(organization) for organization in Organization.objects.all())


def _close(organization: Organization) -> bool:
    last_over = clock.local_day(clock.now() - GRACE, organization.timezone) - timedelta(days=1)
    has_closed = False
    while _close_next(organization, last_over):
        has_closed = True
    return has_closed


def _close_next(organization: Organization, last_over: date) -> bool:
    """Closes through the next day on which something was booked, or through `last_over` where there is none. False: all is closed."""
    with transaction.atomic():
        jobs.renew()
        engine.lock_keys([f"closing:{organization.pk}"])
        closing = Closing.objects.filter(organization=organization).first()
        if closing is not None and closing.through >= last_over:
            return False
        booked = Entry.objects.filter(organization=organization).order_by("day").values_list("day", flat=True)
        day = (booked if closing is None else booked.filter(day__gt=closing.through)).first()
        if day is None and closing is None:
            return False
        through = last_over if day is None else min(day, last_over)
        if day == through:
            _sum_day(organization, through)
        Closing.objects.update_or_create(organization=organization, defaults={"through": through})
    return True


_SUM: Final = """
INSERT INTO ledger_accountday (account_id, day, debits_minor, credits_minor)
SELECT moved.account_id, moved.day, SUM(moved.debited), SUM(moved.credited) FROM (
    SELECT debit_id AS account_id, day, amount_minor AS debited, 0 AS credited
    FROM ledger_entry WHERE organization_id = %s AND day = %s
    UNION ALL
    SELECT credit_id, day, 0, amount_minor
    FROM ledger_entry WHERE organization_id = %s AND day = %s
) AS moved
JOIN ledger_account a ON a.id = moved.account_id
WHERE a.customer_id IS NULL
GROUP BY moved.account_id, moved.day
"""


def _sum_day(organization: Organization, day: date) -> None:
    part = [organization.pk, engine.day(day)]
    with connection.cursor() as cursor:
        cursor.execute(_SUM, [*part, *part])
