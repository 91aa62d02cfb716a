"""Checks of money against what it was for."""

from typing import Any, Final

from headend.access.models import Voucher
from headend.billing.models import Adjustment, Payment, PaymentState, Purchase
from headend.ledger.models import Account
from headend.lib.audits import Check
from headend.system import engine


def run() -> list[Check]:
    """The checks of payments, purchases, vouchers and balances, over every organization."""
    return [check() for check in CHECKS]


_PAYMENTS: Final = """
SELECT p.id, o.slug, p.amount_minor, COUNT(e.id), COALESCE(SUM(e.amount_minor), 0), COUNT(w.id)
FROM billing_payment p
JOIN system_organization o ON o.id = p.organization_id
LEFT JOIN ledger_entry e ON e.kind = 'payment' AND e.subject_id = p.id
LEFT JOIN ledger_account w ON w.id = e.credit_id AND w.customer_id = p.customer_id AND w.kind = 'wallet'
GROUP BY p.id, o.slug, p.amount_minor, p.state
HAVING (p.state = 'settled' AND (COUNT(e.id) <> 1 OR COUNT(w.id) <> 1 OR SUM(e.amount_minor) <> p.amount_minor))
    OR (p.state <> 'settled' AND COUNT(e.id) <> 0)
ORDER BY p.id
"""


def _settled_payments() -> Check:
    failures = [
        f"payment {id_} ({slug}) of {amount}: {count} entries of {total} in all"
        + ("" if count == into_wallet else ", not all into the payer's wallet")
        for id_, slug, amount, count, total, into_wallet in engine.rows(_PAYMENTS, [])
    ]
    looked_at = Payment.objects.filter(state=PaymentState.SETTLED).count()
    return Check(
        "settled_payments", "Each settled payment has exactly one entry, into its payer's wallet", looked_at, failures
    )


_PURCHASES: Final = """
SELECT p.id, o.slug, p.price_minor, COUNT(e.id), COALESCE(SUM(e.amount_minor), 0), COUNT(w.id)
FROM billing_purchase p
JOIN system_organization o ON o.id = p.organization_id
LEFT JOIN ledger_entry e ON e.kind = 'purchase' AND e.subject_id = p.id
LEFT JOIN ledger_account w ON w.id = e.debit_id AND w.customer_id = p.customer_id
GROUP BY p.id, o.slug, p.price_minor, p.fulfilled_at
HAVING (p.fulfilled_at IS NOT NULL AND p.price_minor > 0
        AND (COUNT(e.id) <> 1 OR COUNT(w.id) <> 1 OR SUM(e.amount_minor) <> p.price_minor))
    OR ((p.fulfilled_at IS NULL OR p.price_minor = 0) AND COUNT(e.id) <> 0)
ORDER BY p.id
"""


def _fulfilled_purchases() -> Check:
    failures = [
        f"purchase {id_} ({slug}) of {price}: {count} entries of {total} in all"
        + ("" if count == from_wallet else ", not all from the buyer")
        for id_, slug, price, count, total, from_wallet in engine.rows(_PURCHASES, [])
    ]
    looked_at = Purchase.objects.filter(fulfilled_at__isnull=False).count()
    return Check(
        "fulfilled_purchases",
        "Each fulfilled purchase has exactly one entry, from its buyer's wallet or what he owes",
        looked_at,
        failures,
    )


_LINES: Final = """
SELECT p.id, o.slug, p.price_minor, SUM(l.amount_minor) FROM billing_purchaseline l
JOIN billing_purchase p ON p.id = l.purchase_id
JOIN system_organization o ON o.id = p.organization_id
GROUP BY p.id, o.slug, p.price_minor HAVING SUM(l.amount_minor) <> p.price_minor
ORDER BY p.id
"""


def _lines_add_up() -> Check:
    failures = [
        f"purchase {id_} ({slug}) of {price}: its lines add up to {total}"
        for id_, slug, price, total in engine.rows(_LINES, [])
    ]
    looked_at = _count("SELECT COUNT(*) FROM billing_purchaseline")
    return Check("purchase_lines", "The lines of a purchase add up to its price", looked_at, failures)


_ENTRIES: Final = """
SELECT e.id, e.key, o.slug FROM ledger_entry e
JOIN system_organization o ON o.id = e.organization_id
LEFT JOIN billing_payment p ON e.kind IN ('payment', 'allocation') AND p.id = e.subject_id AND p.organization_id = e.organization_id
LEFT JOIN billing_purchase b ON e.kind IN ('purchase', 'allocation', 'promotion') AND b.id = e.subject_id AND b.organization_id = e.organization_id
LEFT JOIN billing_adjustment a ON e.kind IN ('refund', 'write_off') AND a.id = e.subject_id AND a.organization_id = e.organization_id
WHERE p.id IS NULL AND b.id IS NULL AND a.id IS NULL
ORDER BY e.id
"""


def _entries_have_subjects() -> Check:
    failures = [
        f"entry {id_} ({key}, {slug}) belongs to no payment, purchase or adjustment"
        for id_, key, slug in engine.rows(_ENTRIES, [])
    ]
    looked_at = _count("SELECT COUNT(*) FROM ledger_entry")
    return Check("entries", "Each entry belongs to a payment, a purchase or an adjustment", looked_at, failures)


_VOUCHERS: Final = """
SELECT v.id, v.code, o.slug, COUNT(p.id) FROM access_voucher v
JOIN system_organization o ON o.id = v.organization_id
LEFT JOIN billing_purchase p
    ON p.voucher_id = v.id AND p.fulfilled_at IS NOT NULL AND p.customer_id = v.customer_id
WHERE v.sheet_id IS NULL
GROUP BY v.id, v.code, o.slug HAVING COUNT(p.id) <> 1
ORDER BY v.id
"""


def _sold_vouchers() -> Check:
    failures = [
        f"voucher {id_} ({code}, {slug}): {count} purchases" for id_, code, slug, count in engine.rows(_VOUCHERS, [])
    ]
    looked_at = Voucher.objects.filter(sheet__isnull=True).count()
    return Check("sold_vouchers", "Each voucher that was sold has its purchase", looked_at, failures)


_BALANCES: Final = """
SELECT c.id, c.account_number, o.slug, COALESCE(a.shown, 0), COALESCE(p.total, 0), COALESCE(b.total, 0),
    COALESCE(w.total, 0)
FROM customers_customer c
JOIN system_organization o ON o.id = c.organization_id
LEFT JOIN (SELECT customer_id, SUM(credits_minor - debits_minor) AS shown FROM ledger_account
           WHERE customer_id IS NOT NULL GROUP BY customer_id) a ON a.customer_id = c.id
LEFT JOIN (SELECT customer_id, SUM(amount_minor) AS total FROM billing_payment
           WHERE state = 'settled' GROUP BY customer_id) p ON p.customer_id = c.id
LEFT JOIN (SELECT customer_id, SUM(price_minor) AS total FROM billing_purchase
           WHERE fulfilled_at IS NOT NULL AND NOT is_free GROUP BY customer_id) b ON b.customer_id = c.id
LEFT JOIN (SELECT customer_id, SUM(CASE WHEN kind = 'debt' THEN amount_minor ELSE -amount_minor END) AS total
           FROM billing_adjustment GROUP BY customer_id) w ON w.customer_id = c.id
WHERE COALESCE(a.shown, 0) <> COALESCE(p.total, 0) - COALESCE(b.total, 0) + COALESCE(w.total, 0)
ORDER BY c.id
"""


_PROMOTIONS: Final = """
SELECT p.id, o.slug, p.price_minor, COUNT(e.id), COALESCE(SUM(e.amount_minor), 0)
FROM billing_purchase p
JOIN system_organization o ON o.id = p.organization_id
LEFT JOIN ledger_entry e ON e.kind = 'promotion' AND e.subject_id = p.id
LEFT JOIN ledger_account a ON a.id = e.credit_id AND a.customer_id = p.customer_id
GROUP BY p.id, o.slug, p.price_minor, p.is_free
HAVING (p.is_free AND p.price_minor > 0 AND (COUNT(a.id) <> 1 OR SUM(e.amount_minor) <> p.price_minor))
    OR (NOT p.is_free AND COUNT(e.id) <> 0)
ORDER BY p.id
"""


def _given_free() -> Check:
    failures = [
        f"purchase {id_} ({slug}) of {price}: {count} promotions of {total} in all"
        for id_, slug, price, count, total in engine.rows(_PROMOTIONS, [])
    ]
    looked_at = Purchase.objects.filter(is_free=True).count()
    return Check("given_free", "What is given free is paid by a promotion, and nothing else is", looked_at, failures)


_ADJUSTMENTS: Final = """
SELECT j.id, j.kind, o.slug, j.amount_minor, COUNT(e.id), COALESCE(SUM(e.amount_minor), 0)
FROM billing_adjustment j
JOIN system_organization o ON o.id = j.organization_id
LEFT JOIN ledger_entry e ON e.subject_id = j.id
    AND e.kind = CASE WHEN j.kind = 'refund' THEN 'refund' ELSE 'write_off' END
LEFT JOIN ledger_account f ON f.id = e.debit_id
LEFT JOIN ledger_account t ON t.id = e.credit_id
GROUP BY j.id, j.kind, o.slug, j.amount_minor, j.customer_id, j.network
HAVING COUNT(e.id) <> 1 OR SUM(e.amount_minor) <> j.amount_minor
    OR SUM(CASE WHEN j.kind = 'refund' AND f.kind = 'wallet' AND f.customer_id = j.customer_id
                     AND t.kind = 'clearing' AND t.method = j.network
                  OR j.kind = 'balance' AND f.kind = 'wallet' AND f.customer_id = j.customer_id AND t.kind = 'leftover'
                  OR j.kind = 'debt' AND f.kind = 'loss' AND t.kind = 'receivable' AND t.customer_id = j.customer_id
                THEN 1 ELSE 0 END) <> 1
ORDER BY j.id
"""


def _adjustments() -> Check:
    failures = [
        f"adjustment {id_} ({kind}, {slug}) of {amount}: {count} entries of {total} in all, or between other accounts"
        for id_, kind, slug, amount, count, total in engine.rows(_ADJUSTMENTS, [])
    ]
    looked_at = Adjustment.objects.count()
    return Check(
        "adjustments", "Each refund and write-off has exactly one entry, between its accounts", looked_at, failures
    )


def _balances() -> Check:
    failures = [
        f"customer {number} ({slug}): the balance is {shown}; payments of {paid} less purchases of {bought} are {paid - bought}"
        + (f", and {paid - bought + adjusted} with adjustments" if adjusted else "")
        for _, number, slug, shown, paid, bought, adjusted in engine.rows(_BALANCES, [])
    ]
    looked_at = Account.objects.filter(customer__isnull=False).count()
    return Check(
        "balances",
        "Each customer's balance is payments less purchases that were not given free, and adjustments",
        looked_at,
        failures,
    )


def _count(statement: str, parameters: tuple[Any, ...] = ()) -> int:
    return int(engine.rows(statement, list(parameters))[0][0])


CHECKS: Final = (
    _settled_payments,
    _fulfilled_purchases,
    _lines_add_up,
    _entries_have_subjects,
    _sold_vouchers,
    _given_free,
    _adjustments,
    _balances,
)
