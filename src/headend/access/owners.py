"""Whose a session is: our own token tells it best, for a name may have been given to somebody else since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from headend.access.metering import Report
from headend.lib import ids
from headend.system import engine

_NAMED: Final = """
SELECT c.organization_id, c.name_key, c.subscription_id, c.voucher_id, COALESCE(s.customer_id, v.customer_id), 0
FROM access_credential c
LEFT JOIN access_subscription s ON s.id = c.subscription_id
LEFT JOIN access_voucher v ON v.id = c.voucher_id
WHERE c.organization_id {organizations} AND c.name_key {keys} AND c.ended_at IS NULL
"""
_TOLD: Final = """
SELECT s.organization_id, s.id, NULL, s.customer_id, CASE WHEN k.erased_at IS NULL THEN 0 ELSE 1 END
FROM access_subscription s JOIN customers_customer k ON k.id = s.customer_id WHERE s.id {subscriptions}
UNION ALL
SELECT v.organization_id, NULL, v.id, v.customer_id, CASE WHEN k.erased_at IS NULL THEN 0 ELSE 1 END
FROM access_voucher v LEFT JOIN customers_customer k ON k.id = v.customer_id WHERE v.id {vouchers}
"""
_SPEEDS: Final = """
SELECT id, NULL, download_kbps, upload_kbps FROM access_subscription WHERE id {subscriptions}
UNION ALL
SELECT NULL, id, download_kbps, upload_kbps FROM access_voucher WHERE id {vouchers}
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is: a subscription's or a voucher's, and so a customer's; of a name that is not ours, nobody's.

    `is_erased` of a customer who was deleted permanently, which a Class that still goes round can tell.
    """

    subscription_id: int | None = None
    voucher_id: int | None = None
    customer_id: int | None = None
    is_erased: int = 0

    @property
    def is_nobody(self) -> bool:
        """Whether the session is of a name that is not ours."""
        return self.subscription_id is None and self.voucher_id is None


@dataclass(slots=True)
class Owners:
    """The owners that reports tell: by (organization id, subscription id, voucher id) as Class has it, and by name."""

    told: dict[tuple[int, int | None, int | None], Owner] = field(default_factory=dict)
    named: dict[tuple[int, str], Owner] = field(default_factory=dict)

    def of(self, report: Report) -> Owner:
        """Whose the session is that begins with a report."""
        told = self.told.get(_told_key(report))
        if told is not None:
            return told
        for name in report.names:
            exact, *coded = (self.named.get((report.organization_id, key)) for key in ids.login_keys(name))
            if exact is not None:
                return exact
            for owner in coded:
                if owner is not None and owner.voucher_id is not None:
                    return owner
        return Owner()


def find(reports: Sequence[Report]) -> Owners:
    """Looks up whom reports tell: one statement for those with our Class, one for the names of the others."""
    told = _told(reports)
    return Owners(told, _named([report for report in reports if _told_key(report) not in told]))


def speeds(owners: Sequence[Owner]) -> dict[tuple[int | None, int | None], int]:
    """The faster of the speeds of each owner's plan in kbit/s, 0 without a limit: by (subscription id, voucher id)."""
    if not owners:
        return {}
    subscriptions, first = engine.among(
        "bigint", sorted({one.subscription_id for one in owners if one.subscription_id})
    )
    vouchers, second = engine.among("bigint", sorted({one.voucher_id for one in owners if one.voucher_id}))
    rows = engine.rows(_SPEEDS.format(subscriptions=subscriptions, vouchers=vouchers), [*first, *second])
    return {(row[0], row[1]): max(row[2], row[3]) if row[2] and row[3] else 0 for row in rows}


def _told(reports: Sequence[Report]) -> dict[tuple[int, int | None, int | None], Owner]:
    subscription_ids = {report.subscription_id for report in reports if report.subscription_id}
    voucher_ids = {report.voucher_id for report in reports if report.voucher_id}
    if not (subscription_ids or voucher_ids):
        return {}
    subscriptions, first = engine.among("bigint", sorted(subscription_ids))
    vouchers, second = engine.among("bigint", sorted(voucher_ids))
    rows = engine.rows(_TOLD.format(subscriptions=subscriptions, vouchers=vouchers), [*first, *second])
    return {(row[0], row[1], row[2]): Owner(*row[1:]) for row in rows}


def _told_key(report: Report) -> tuple[int, int | None, int | None]:
    return report.organization_id, report.subscription_id, report.voucher_id


def _named(reports: Sequence[Report]) -> dict[tuple[int, str], Owner]:
    keys = {key for report in reports for name in report.names for key in ids.login_keys(name)}
    if not keys:
        return {}
    organizations, first = engine.among("bigint", sorted({report.organization_id for report in reports}))
    marks, second = engine.among("text", sorted(keys))
    rows = engine.rows(_NAMED.format(organizations=organizations, keys=marks), [*first, *second])
    return {(row[0], row[1]): Owner(*row[2:]) for row in rows}
