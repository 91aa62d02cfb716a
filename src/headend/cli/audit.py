"""`headend audit`: proves the sums that the database itself cannot promise."""

import argparse
from typing import TYPE_CHECKING, Final

from headend.cli import start

if TYPE_CHECKING:
    from collections.abc import Callable

    from headend.lib.audits import Check

CLEAN: Final = 0
FAILED: Final = 1


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="headend audit",
        description="Checks that totals, closed days, payments, purchases, vouchers, usage, sessions and account numbers agree with each other. "
        "It changes nothing, and may run while everything else does.",
        epilog="Exit status: 0 all is right, 1 something is not: the rows are named.",
    )
    parser.parse_args(arguments)
    start.ready()
    from headend.access import audit as access_audit
    from headend.billing import audit as billing_audit
    from headend.customers import audit as customers_audit
    from headend.ledger import audit as ledger_audit

    checks = (*ledger_audit.CHECKS, *billing_audit.CHECKS, *access_audit.CHECKS, *customers_audit.CHECKS)
    # Each is made, whatever becomes of the others.
    return FAILED if [check for check in checks if not _is_clean(check)] else CLEAN


def _is_clean(make: "Callable[[], Check]") -> bool:
    from django.db import DatabaseError

    try:
        check = make()
    except (DatabaseError, ArithmeticError, ValueError) as error:
        print(f"{'FAILED':8} {make.__name__.strip('_')}: it could not be made: {error}".rstrip())
        return False
    _say(check)
    return not check.failures


def _say(check: "Check") -> None:
    from headend.lib.audits import NAMED_AT_MOST

    count = len(check.failures)
    result = f"FAILED {count}" if count else "ok"
    print(f"{result:8} {check.code}: {check.statement} ({check.looked_at} looked at)")
    for failure in check.failures[:NAMED_AT_MOST]:
        print(f"         {failure}")
    if count > NAMED_AT_MOST:
        print(f"         and {count - NAMED_AT_MOST} more")
