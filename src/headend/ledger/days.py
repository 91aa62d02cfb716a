"""Closing days: what each account of an organization moved is summed once, so that balances stay cheap."""

from datetime import date, timedelta
from typing import Final

from django.db import connection, transaction

from headend.ledger.models import Closing, Entry
from headend.lib import clock
from headend.system import engine
from headend.system.models import Organization

# A transaction that booked something at the very end of the day has ended long before this.
GRACE: Final = timedelta(hours=1)


def close() -> int:
    """Closes the days that are over, of every organization; says how many organizations had one. Repeating does nothing."""
    return sum(_close(organization) for organization in Organization.objects.all())


def _close(organization: Organization) -> bool:
    last_over = clock.local_day(clock.now() - GRACE, organization.timezone) - timedelta(days=1)
    with transaction.atomic():
        engine.lock_keys([f"closing:{organization.pk}"])
        closing = Closing.objects.filter(organization=organization).first()
        if closing is not None and closing.through >= last_over:
            return False
        first = Entry.objects.filter(organization=organization).order_by("day").values_list("day", flat=True).first()
        if first is None:
            return False
        _sum_days(organization, closing.through if closing else first - timedelta(days=1), last_over)
        Closing.objects.update_or_create(organization=organization, defaults={"through": last_over})
    return True


_SUM: Final = """
INSERT INTO ledger_accountday (account_id, day, debits_minor, credits_minor)
SELECT moved.account_id, moved.day, SUM(moved.debited), SUM(moved.credited) FROM (
    SELECT debit_id AS account_id, day, amount_minor AS debited, 0 AS credited
    FROM ledger_entry WHERE organization_id = %s AND day > %s AND day <= %s
    UNION ALL
    SELECT credit_id, day, 0, amount_minor
    FROM ledger_entry WHERE organization_id = %s AND day > %s AND day <= %s
) AS moved
JOIN ledger_account a ON a.id = moved.account_id
WHERE a.customer_id IS NULL
GROUP BY moved.account_id, moved.day
"""


def _sum_days(organization: Organization, after: date, through: date) -> None:
    part = [organization.pk, engine.day(after), engine.day(through)]
    with connection.cursor() as cursor:
        cursor.execute(_SUM, [*part, *part])
