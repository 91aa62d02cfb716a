"""What tests of money share: a gateway, somebody who pays, what a provider says, and the sums that must hold afterwards."""

import json
from typing import Any

from headend.billing import audit as billing_audit
from headend.billing import providers, receipts
from headend.billing.models import Gateway, Payment, Purchase
from headend.ledger import audit as ledger_audit
from headend.system.models import Organization

PHONE = "+254712345678"


def practice(organization: Organization, base_url: str = "http://127.0.0.1:9", key: str = "practice-key") -> Gateway:
    """The practice money network; without an address nothing answers there."""
    return providers.add(
        organization=organization,
        kind="fake",
        name="Practice money",
        network="practice",
        base_url=base_url,
        key=key,
        by=None,
    )


def payment_of(purchase: Purchase) -> Payment:
    """The newest payment of a purchase."""
    payment = purchase.payment
    assert payment is not None
    return payment


def pays(purchase: Purchase, code: str = "PM7K2Q9XAB", amount_minor: int | None = None) -> Payment:
    """The provider says that the newest payment of a purchase was paid."""
    payment = payment_of(purchase)
    return receipts.receive(payment=payment, receipt_code=code, amount_minor=amount_minor or payment.asked_minor)


def says(payment: Payment, **changes: Any) -> bytes:
    """A callback of the practice network: paid as asked, but for `changes`."""
    body = {
        "request_id": payment.request_id or "pm_1",
        "reference": payment.uid.hex,
        "status": "paid",
        "receipt": "PM7K2Q9XAB",
        "amount": payment.asked_minor,
        "currency": payment.organization.currency,
        "phone": payment.phone,
        "reason": "",
    }
    return json.dumps({**body, **changes}).encode()


def wrong() -> dict[str, list[str]]:
    """The failed checks of the audit of money, and the rows that they name."""
    checks = [*ledger_audit.run(), *billing_audit.run()]
    return {check.code: check.failures for check in checks if check.failures}
