"""A customer's money: what moved it and what for, vouchers, messages, and what waits for somebody.

In a number of queries that no row adds to.
"""

from dataclasses import dataclass
from typing import Final

from headend.access.models import Voucher
from headend.billing.models import Adjustment, Payment, PaymentState, Purchase
from headend.customers.models import Customer
from headend.ledger import entries
from headend.ledger.entries import Line
from headend.ledger.models import EntryKind
from headend.messaging.models import Message
from headend.reports import messages as messages_report
from headend.reports import red_lines
from headend.reports import vouchers as vouchers_report
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
    """What the customer's page shows of money. Lists hold the newest `SHOWN`, and whether there are more."""

    balance_minor: int
    movements: list[Movement]
    more_movements: bool
    vouchers: list[Voucher]
    more_vouchers: bool
    messages: list[Message]
    more_messages: bool
    red_lines: RedLines
    asked: list[Payment]


def of_customer(customer: Customer) -> Wallet:
    """Loads the page's part."""
    moved = movements(customer, limit=SHOWN + 1)
    vouchers = list(vouchers_report.of_customer(customer)[: SHOWN + 1])
    messages = list(messages_report.to_customer(customer)[: SHOWN + 1])
    return Wallet(
        # Without a movement there was never anything in the wallet.
        balance_minor=moved[0].line.balance_minor if moved else 0,
        movements=moved[:SHOWN],
        more_movements=len(moved) > SHOWN,
        vouchers=vouchers[:SHOWN],
        more_vouchers=len(vouchers) > SHOWN,
        messages=messages[:SHOWN],
        more_messages=len(messages) > SHOWN,
        red_lines=red_lines.of_customer(customer),
        asked=asked(customer),
    )


def asked(customer: Customer) -> list[Payment]:
    """What phones are asked to pay for the customer, of which nobody knows yet: the newest few."""
    waiting = Payment.objects.filter(customer=customer, state=PaymentState.PENDING).select_related("purchase")
    return list(waiting.order_by("-pk")[:ASKED_SHOWN])


def movements(customer: Customer, *, limit: int, skip: int = 0) -> list[Movement]:
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
