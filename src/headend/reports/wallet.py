"""A customer's money: what moved it and what for, and what waits for somebody.

In a number of queries that no row adds to.
"""

from dataclasses import dataclass
from typing import Final

from headend.billing.models import Adjustment, Payment, PaymentState, Purchase
from headend.customers.models import Customer
from headend.ledger import entries
from headend.ledger.entries import Line
from headend.ledger.models import EntryKind
from headend.reports import red_lines
from headend.reports.red_lines import RedLines

SHOWN: Final = 20
ASKED_SHOWN: Final = 3
_OF_PURCHASES: Final = (EntryKind.PURCHASE, EntryKind.PROMOTION)
_ADJUSTED: Final = (EntryKind.REFUND, EntryKind.WRITE_OFF)


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the statement, with the payment, the purchase or the adjustment that it is of."""

    line: Line
    payment: Payment | None
    purchase: Purchase | None
    adjustment: Adjustment | None


@dataclass(frozen=True, slots=True)
class Wallet:
    """What the first screen of the customer's page shows of money; `last` moved it last."""

    balance_minor: int
    last: Line | None
    red_lines: RedLines
    asked: list[Payment]


def of_customer(customer: Customer) -> Wallet:
    """Loads the page's part."""
    last = next(iter(entries.statement(customer=customer, limit=1)), None)
    return Wallet(
        # Without a movement there was never anything in the wallet.
        balance_minor=last.balance_minor if last else 0,
        last=last,
        red_lines=red_lines.of_customer(customer),
        asked=asked(customer),
    )


def asked(customer: Customer) -> list[Payment]:
    """What phones are asked to pay for the customer, of which nobody knows yet: the newest few."""
    waiting = Payment.objects.filter(customer=customer, state=PaymentState.PENDING).select_related("purchase")
    return list(waiting.order_by("-pk")[:ASKED_SHOWN])


def movements(customer: Customer, *, limit: int = SHOWN, skip: int = 0) -> list[Movement]:
    """The newest movements of the balance after the `skip` newest: at most seven queries, however many."""
    lines = entries.statement(customer=customer, limit=limit, skip=skip)
    payments = _of_kind(lines, EntryKind.PAYMENT)
    purchases = _of_kind(lines, *_OF_PURCHASES)
    paid = Payment.objects.filter(organization=customer.organization_id).select_related("gateway").in_bulk(payments)
    own = Purchase.objects.filter(organization=customer.organization_id).prefetch_related("lines")
    bought = own.in_bulk(purchases)
    adjusted = Adjustment.objects.filter(organization=customer.organization_id).in_bulk(_of_kind(lines, *_ADJUSTED))
    return [
        Movement(
            line,
            paid.get(line.entry.subject_id) if line.entry.kind == EntryKind.PAYMENT else None,
            bought.get(line.entry.subject_id) if line.entry.kind in _OF_PURCHASES else None,
            adjusted.get(line.entry.subject_id) if line.entry.kind in _ADJUSTED else None,
        )
        for line in lines
    ]


def _of_kind(lines: list[Line], *kinds: str) -> list[int]:
    return [line.entry.subject_id for line in lines if line.entry.kind in kinds]
