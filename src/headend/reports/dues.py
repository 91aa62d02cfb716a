"""Whether the present period of a package was paid, is owed, or costs nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from headend.access.models import Subscription
from headend.billing.models import Purchase
from headend.customers.models import Customer
from headend.ledger.models import Account, AccountKind, Entry, EntryKind
from headend.lib import clock

Settled = Literal["paid", "owed", "free", "given"]


@dataclass(frozen=True, slots=True)
class Due:
    """How a package stands. `given`: staff let it run without a payment, and nothing is owed for that.

    `owed_minor` is what is owed for the package in all, in minor units.
    """

    settled: Settled
    owed_minor: int
    is_over: bool


def of_packages(customer: Customer, subscriptions: Collection[Subscription]) -> dict[int, Due]:
    """How each of a customer's packages stands, by the subscription's id; three queries at most."""
    if not subscriptions:
        return {}
    charged: dict[int, list[Purchase]] = defaultdict(list)
    ids = [subscription.pk for subscription in subscriptions]
    rows = Purchase.objects.filter(customer=customer, subscription__in=ids, fulfilled_at__isnull=False)
    for purchase in rows.order_by("fulfilled_at", "pk"):
        charged[purchase.subscription_id or 0].append(purchase)
    owed = _owed(customer)
    return {subscription.pk: _due(subscription, charged[subscription.pk], owed) for subscription in subscriptions}


def _due(subscription: Subscription, charged: list[Purchase], owed: dict[int, int]) -> Due:
    owed_minor = sum(owed.get(purchase.pk, 0) for purchase in charged)
    is_over = subscription.expires_at is not None and subscription.expires_at <= clock.now()
    return Due("owed" if owed_minor else _settled(subscription, charged), owed_minor, is_over)


def _settled(subscription: Subscription, charged: list[Purchase]) -> Settled:
    if not subscription.price_minor:
        return "free"
    is_first = subscription.activated_at == subscription.renewed_at
    # The first period may be charged before it begins; any other begins with what was bought.
    last = charged[-1] if charged else None
    if last is None or not (is_first or (last.fulfilled_at or last.created_at) >= subscription.renewed_at):
        return "given"
    return "paid" if last.price_minor and not last.is_free else "free"


def _owed(customer: Customer) -> dict[int, int]:
    """What is not paid yet of each purchase, by its id: what was paid went to the oldest debts."""
    account = Account.objects.filter(customer=customer, kind=AccountKind.RECEIVABLE).first()
    if account is None or not account.balance_minor:
        return {}
    return _newest(Entry.objects.filter(debit=account).order_by("-pk"), -account.balance_minor)


def _newest(debts: Iterable[Entry], left_minor: int) -> dict[int, int]:
    owed = {}
    for entry in debts:
        if left_minor <= 0:
            break
        if entry.kind == EntryKind.PURCHASE:
            owed[entry.subject_id] = min(entry.amount_minor, left_minor)
        left_minor -= entry.amount_minor
    return owed
