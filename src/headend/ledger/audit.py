"""Checks of what the database cannot promise by itself: sums that are kept must equal the entries they were made of."""

from datetime import date
from typing import Any, Final

from headend.ledger.models import Account, AccountDay
from headend.lib.audits import Check
from headend.system import engine


def run() -> list[Check]:
    """Both checks of the ledger, over every organization."""
    return [check() for check in CHECKS]


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


# One statement, so that a day which is closed meanwhile stands on both sides or on none.
_DAYS: Final = """
SELECT x.account_id, x.day, SUM(x.kept_debits), SUM(x.kept_credits), SUM(x.debits), SUM(x.credits) FROM (
    SELECT account_id, day, debits_minor AS kept_debits, credits_minor AS kept_credits, 0 AS debits, 0 AS credits
    FROM ledger_accountday
    UNION ALL
    SELECT e.debit_id, e.day, 0, 0, e.amount_minor, 0 FROM ledger_entry e
    JOIN ledger_closing c ON c.organization_id = e.organization_id AND e.day <= c.through
    UNION ALL
    SELECT e.credit_id, e.day, 0, 0, 0, e.amount_minor FROM ledger_entry e
    JOIN ledger_closing c ON c.organization_id = e.organization_id AND e.day <= c.through
) AS x
JOIN ledger_account a ON a.id = x.account_id
WHERE a.customer_id IS NULL
GROUP BY x.account_id, x.day
HAVING SUM(x.kept_debits) <> SUM(x.debits) OR SUM(x.kept_credits) <> SUM(x.credits)
ORDER BY x.account_id, x.day
"""


def _closed_days() -> Check:
    wrong = engine.rows(_DAYS, [])
    accounts = Account.objects.select_related("organization").in_bulk({row[0] for row in wrong})
    failures = [_describe(accounts[id_], _day(day), sums) for id_, day, *sums in wrong]
    return Check("closed_days", "Every closed day equals its entries", AccountDay.objects.count(), failures)


def _describe(account: Account, day: date, sums: list[int]) -> str:
    kept_debits, kept_credits, debits, credited = sums
    name = f"{account.kind} {account.method}".strip()
    return (
        f"account {account.pk} ({name}, {account.organization.slug}) on {day}: the closed day says debits {kept_debits}, "
        f"credits {kept_credits}; its entries add up to {debits} and {credited}"
    )


def _day(value: Any) -> date:
    day = engine.read_day(value)
    assert day is not None, "the column is never null"
    return day


CHECKS: Final = (_running_totals, _closed_days)
