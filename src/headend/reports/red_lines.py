"""Money that waits for somebody: purchases that were paid and not carried out, and payments of which nobody knows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from headend.billing import purchases
from headend.billing.models import Payment, PaymentState, Purchase
from headend.customers.models import Customer
from headend.ledger.models import Account, AccountKind
from headend.system.models import Organization


@dataclass(frozen=True, slots=True)
class Unfulfilled:
    """A purchase that was paid and not carried out, the newest payment for it, all that came, and what its buyer has now."""

    purchase: Purchase
    payment: Payment | None
    came_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class RedLines:
    """What waits, oldest first. `more` is how many there are besides."""

    unfulfilled: list[Unfulfilled]
    unknown: list[Payment]
    more: int = 0


def of_organization(organization: Organization, *, most: int) -> RedLines:
    """The oldest `most` purchases and the oldest `most` payments of an organization that wait for somebody."""
    waiting = purchases.to_act_on(organization=organization)
    shown = RedLines(complete(list(waiting[:most])), list(_unknown(organization)[:most]))
    drawn = len(shown.unfulfilled) + len(shown.unknown)
    if most not in (len(shown.unfulfilled), len(shown.unknown)):
        return shown
    return RedLines(shown.unfulfilled, shown.unknown, max(0, count(organization) - drawn))


def of_customer(customer: Customer) -> RedLines:
    """All that waits of one customer."""
    waiting = purchases.to_act_on(organization=customer.organization).filter(customer=customer)
    return RedLines(complete(list(waiting)), list(_unknown(customer.organization).filter(customer=customer)))


def count(organization: Organization) -> int:
    """How many lines wait in an organization: one query, over two small indexes."""
    waiting = purchases.to_act_on(organization=organization).order_by().values_list("pk")
    return waiting.union(_unknown(organization).order_by().values_list("pk"), all=True).count()


def complete(waiting: Sequence[Purchase]) -> list[Unfulfilled]:
    """Purchases that wait, with what came for them and what is in the wallet: two queries, however many."""
    if not waiting:
        return []
    settled = Payment.objects.filter(purchase__in=waiting, state=PaymentState.SETTLED).order_by("pk")
    newest: dict[int | None, Payment] = {}
    came: dict[int | None, int] = defaultdict(int)
    for payment in settled:
        newest[payment.purchase_id] = payment
        came[payment.purchase_id] += payment.amount_minor
    wallets = Account.objects.filter(
        customer__in={purchase.customer_id for purchase in waiting}, kind=AccountKind.WALLET
    )
    balances = {account.customer_id: account.balance_minor for account in wallets}
    return [
        Unfulfilled(purchase, newest.get(purchase.pk), came[purchase.pk], balances.get(purchase.customer_id, 0))
        for purchase in waiting
    ]


def _unknown(organization: Organization) -> QuerySet[Payment]:
    rows = Payment.objects.filter(organization=organization, state=PaymentState.UNKNOWN)
    return rows.select_related("customer", "gateway").order_by("created_at")
