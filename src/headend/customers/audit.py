"""Checks of customers: what no index of one column can promise."""

from typing import Final

from headend.lib.audits import Check
from headend.system import engine


def run() -> list[Check]:
    """The checks of account numbers, over every organization."""
    return [check() for check in CHECKS]


def _account_numbers() -> Check:
    rows = engine.rows(
        """
SELECT x.account_number, x.extra_account_number, g.account_number, o.slug FROM customers_customer x
JOIN customers_customer g ON g.organization_id = x.organization_id AND g.account_number_key = x.extra_account_number
JOIN system_organization o ON o.id = x.organization_id
WHERE x.extra_account_number <> '' ORDER BY x.id""",
        [],
    )
    looked_at = engine.rows("SELECT COUNT(*) FROM customers_customer", [])[0][0]
    failures = [
        f"customer {number} ({slug}): the additional number {extra} is the account number {taken}"
        for number, extra, taken, slug in rows
    ]
    return Check("account_numbers", "No additional account number is anybody's account number", looked_at, failures)


CHECKS: Final = (_account_numbers,)
