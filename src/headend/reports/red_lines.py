"""Money that waits for somebody: purchases that were paid and not carried out, and payments of which nobody knows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from headend.access.models import Block, Plan
from headend.access.rules import Code as AccessCode
from headend.billing import payments, purchases
from headend.billing.models import Payment, PaymentState, Purchase
from headend.billing.rules import Code as BillingCode
from headend.customers.models import Customer, Suspension
from headend.ledger.models import Account, AccountKind
from headend.lib import clock
from headend.system.models import Organization


@dataclass(frozen=True, slots=True)
class Unfulfilled:
    """A purchase that was paid and not carried out, the newest payment for it, all that came, and what its buyer has now."""

    purchase: Purchase
    payment: Payment | None
    came_minor: int
    balance_minor: int
    # What stands in the way still, of what stood in it when the money came.
    halt: Suspension | None = None
    plan_is_retired: bool = False
    is_blocked: bool = False


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
    """Purchases that wait, with what came for them and what is in the wallet, and what is in the way: four queries, however many."""
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
    halts, retired, blocked = _halts(waiting), _retired(waiting), _blocked(waiting)
    return [
        Unfulfilled(
            purchase,
            newest.get(purchase.pk),
            came[purchase.pk],
            balances.get(purchase.customer_id, 0),
            next((halt for halt in halts if _is_of(halt, purchase)), None),
            purchase.plan_id in retired,
            purchase.subscription_id in blocked,
        )
        for purchase in waiting
    ]


def _halts(waiting: Sequence[Purchase]) -> list[Suspension]:
    """What keeps the buyers from buying, where that was the reason: the switch first, then the oldest."""
    customers = [one.customer for one in waiting if one.unfulfilled_code == BillingCode.CUSTOMER_MAY_NOT_BUY]
    if not customers:
        return []
    of_them = Q(customer__in=[customer.pk for customer in customers])
    of_groups = Q(group__in=[customer.group_id for customer in customers])
    in_force = Suspension.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=clock.now()), lifted_at__isnull=True)
    return sorted(in_force.filter(of_them | of_groups).order_by("pk"), key=lambda halt: halt.kind != "disabled")


def _is_of(halt: Suspension, purchase: Purchase) -> bool:
    if purchase.unfulfilled_code != BillingCode.CUSTOMER_MAY_NOT_BUY:
        return False
    return halt.customer_id == purchase.customer_id or (
        halt.group_id is not None and halt.group_id == purchase.customer.group_id
    )


def _retired(waiting: Sequence[Purchase]) -> set[int]:
    """The plans that are not sold, of purchases that were refused for that."""
    plans = {one.plan_id for one in waiting if one.unfulfilled_code == AccessCode.PLAN_RETIRED}
    if not plans:
        return set()
    return set(Plan.objects.filter(pk__in=plans, retired_at__isnull=False).values_list("pk", flat=True))


def _blocked(waiting: Sequence[Purchase]) -> set[int | None]:
    """The packages that are blocked still, of purchases that were refused for that."""
    packages = [one.subscription_id for one in waiting if one.unfulfilled_code == BillingCode.PACKAGE_IS_BLOCKED]
    if not packages:
        return set()
    return set(Block.objects.filter(subscription__in=packages, lifted_at=None).values_list("subscription", flat=True))


def _unknown(organization: Organization) -> QuerySet[Payment]:
    rows = payments.unsettled(Payment.objects.filter(organization=organization, state=PaymentState.UNKNOWN))
    return rows.select_related("customer", "gateway").order_by("created_at")
