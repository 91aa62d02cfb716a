"""Money that came for purchases which it did not carry out yet: how much, who may spend it, and how much is missing.

Whoever works with it holds the customer's lock: what is kept is compared with the wallet, and both must stand still.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from headend.billing.models import Payment, PaymentState, Purchase
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.ledger.rules import Code as LedgerCode
from headend.system import engine


@dataclass(frozen=True, slots=True)
class Kept:
    """A purchase that waits for somebody or for the rest of its price, and what came for it (minor units)."""

    purchase: Purchase
    came_minor: int


def lock(*, customer_id: int) -> None:
    """Nobody else fills or empties this customer's wallet until the transaction ends.

    Before the lock on any one purchase: a payment for one of them may carry out or close another one.
    """
    engine.lock_keys([f"wallet:{customer_id}"])


def of_customer(*, customer: Customer) -> list[Kept]:
    """The customer's purchases that were paid, wholly or in part, and not carried out; oldest first."""
    came = Sum("payment__amount_minor", filter=Q(payment__state=PaymentState.SETTLED))
    # In the words of the index of what waits, which is short.
    waiting = Purchase.objects.filter(
        organization=customer.organization_id,
        unfulfilled_at__isnull=False,
        fulfilled_at__isnull=True,
        closed_at__isnull=True,
        customer=customer,
    )
    found = waiting.select_related("plan__organization", "subscription").annotate(came=came).order_by("pk")
    return [Kept(purchase, purchase.came or 0) for purchase in found]


def came_minor(*, purchase: Purchase) -> int:
    """What was paid for one purchase, whatever became of it."""
    return _sum(purchase.payment_set.filter(state=PaymentState.SETTLED))


def of_same_guest(*, purchase: Purchase) -> list[Kept]:
    """What a guest's phone paid for other purchases that brought him nothing, the newest first.

    Only of phones that paid for this purchase as well: whoever typed a number has not proved that it is his, and whoever paid
    from it has.
    """
    settled = Payment.objects.filter(customer=purchase.customer_id, state=PaymentState.SETTLED)
    phones = set(settled.filter(purchase=purchase).exclude(phone="").values_list("phone", flat=True))
    if not phones:
        return []
    others = settled.filter(
        phone__in=phones,
        purchase__by_guest=True,
        purchase__unfulfilled_at__isnull=False,
        purchase__fulfilled_at__isnull=True,
        purchase__closed_at__isnull=True,
    ).exclude(purchase=purchase)
    by_purchase: dict[int, Kept] = {}
    for payment in others.select_related("purchase__organization").order_by("-purchase_id"):
        assert payment.purchase is not None, "it was asked for by its purchase"
        before = by_purchase.get(payment.purchase.pk)
        came = payment.amount_minor + (before.came_minor if before else 0)
        by_purchase[payment.purchase.pk] = Kept(payment.purchase, came)
    return list(by_purchase.values())


def spendable_minor(*, purchase: Purchase) -> int:
    """What may be spent on a purchase: of a guest what he paid himself, of a customer the wallet, but not what guests left there."""
    if purchase.by_guest:
        others = sum(one.came_minor for one in of_same_guest(purchase=purchase))
        return came_minor(purchase=purchase) + others
    left_by_guests = sum(one.came_minor for one in of_customer(customer=purchase.customer) if one.purchase.by_guest)
    return max(0, accounts.available(customer=purchase.customer) - left_by_guests)


def missing_minor(*, purchase: Purchase) -> int:
    """How much is to be paid still, where a purchase was paid in part; 0 where enough came, or where money is not what it lacks."""
    if purchase.state != "unfulfilled" or purchase.unfulfilled_code != LedgerCode.INSUFFICIENT_BALANCE:
        return 0
    return max(0, purchase.price_minor - spendable_minor(purchase=purchase))


def used_up(*, customer: Customer) -> list[Purchase]:
    """Purchases whose money is not in the wallet any more, because it was spent on something else: the oldest money first."""
    waiting = of_customer(customer=customer)
    if not waiting:
        return []
    left_minor = accounts.available(customer=customer)
    gone = []
    for one in reversed(waiting):
        left_minor -= one.came_minor
        if left_minor < 0:
            gone.append(one.purchase)
            left_minor += one.came_minor
    return gone


def _sum(rows: QuerySet[Payment]) -> int:
    return int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0)
