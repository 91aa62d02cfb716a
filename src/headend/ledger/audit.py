"""Checks of what the database cannot promise by itself: sums that are kept must equal the entries they were made of."""

from datetime import date
from typing import Any, Final

from headend.ledger.models import Account, AccountDay
from headend.lib.audits import Check
from headend.system import engine


def run() -> list[Check]:
    """Both checks of the ledger, over every organization."""
    return [_running_totals(), _closed_days()]


_TOTALS: Final = """
SELECT a.id, a.kind, c.account_number, o.slug, a.debits_minor, a.credits_minor,
       COALESCE(d.total, 0), COALESCE(k.total, 0)
FROM ledger_account a
JOIN system_organization o ON o.id = a.organization_id
JOIN customers_customer c ON c.id = a.customer_id
LEFT JOIN (SELECT debit_id, SUM(amount_minor) AS total FROM ledger_entry GROUP BY debit_id) d ON d.debit_id = a.id
LEFT JOIN (SELECT credit_id, SUM(amount_minor) AS total FROM ledger_entry GROUP BY credit_id) k ON k.credit_id = a.id
WHERE a.debits_minor <> COALESCE(d.total, 0) OR a.credits_minor <> COALESCE(k.total, 0)
ORDER BY a.id
"""


def _running_totals() -> Check:
    failures = [
        f"account {id_} ({kind} of {number}, {slug}): totals say debits {debited}, credits {credited}; "
        f"its entries add up to {summed_debits} and {summed_credits}"
        for id_, kind, number, slug, debited, credited, summed_debits, summed_credits in engine.rows(_TOTALS, [])
    ]
    looked_at = Account.objects.filter(customer__isnull=False).count()
    return Check("running_totals", "Customers' running totals equal their entries", looked_at, failures)


_ENTRIES_BY_DAY: Final = """
SELECT moved.account_id, moved.day, SUM(moved.debited), SUM(moved.credited) FROM (
    SELECT debit_id AS account_id, organization_id, day, amount_minor AS debited, 0 AS credited FROM ledger_entry
    UNION ALL
    SELECT credit_id, organization_id, day, 0, amount_minor FROM ledger_entry
) AS moved
JOIN ledger_account a ON a.id = moved.account_id
JOIN ledger_closing c ON c.organization_id = moved.organization_id
WHERE a.customer_id IS NULL AND moved.day <= c.through
GROUP BY moved.account_id, moved.day
"""


def _closed_days() -> Check:
    summed = {
        (id_, _day(day)): (int(debited), int(credited))
        for id_, day, debited, credited in engine.rows(_ENTRIES_BY_DAY, [])
    }
    kept = {
        (id_, day): (debited, credited)
        for id_, day, debited, credited in AccountDay.objects.values_list(
            "account_id", "day", "debits_minor", "credits_minor"
        )
    }
    wrong = sorted(key for key in summed.keys() | kept.keys() if summed.get(key) != kept.get(key))
    accounts = Account.objects.select_related("organization").in_bulk({id_ for id_, _ in wrong})
    failures = [_describe(accounts[id_], day, kept.get((id_, day)), summed.get((id_, day))) for id_, day in wrong]
    return Check("closed_days", "Every closed day equals its entries", len(kept), failures)


def _describe(account: Account, day: date, kept: tuple[int, int] | None, summed: tuple[int, int] | None) -> str:
    kept_debits, kept_credits = kept or (0, 0)
    debited, credited = summed or (0, 0)
    name = f"{account.kind} {account.method}".strip()
    return (
        f"account {account.pk} ({name}, {account.organization.slug}) on {day}: the closed day says debits {kept_debits}, "
        f"credits {kept_credits}; its entries add up to {debited} and {credited}"
    )


def _day(value: Any) -> date:
    day = engine.read_day(value)
    assert day is not None, "the column is never null"
    return day
