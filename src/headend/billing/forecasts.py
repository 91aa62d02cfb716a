"""What a payment would do, told before it is taken: the same steps as `receipts` takes, without a booking."""

from dataclasses import dataclass, field

from headend.access import blocks
from headend.access.models import Subscription
from headend.billing import buyers, debts, kept, purchases
from headend.customers import suspensions
from headend.customers.models import Customer, SuspensionKind
from headend.ledger import accounts


@dataclass(slots=True)
class Forecast:
    """What becomes of a payment, in minor units. `missing_minor` is what a renewal is short of; null where it is not that.

    `carried_out` are purchases that were short of it. `is_sold` says whether the renewal may be sold at all.
    """

    wallet_minor: int
    owed_minor: int
    pays_debt_minor: int = 0
    lifts: bool = False
    renews: bool = False
    is_sold: bool = True
    missing_minor: int | None = None
    carried_out: list[str] = field(default_factory=list)


def of_payment(*, customer: Customer, amount_minor: int, subscription: Subscription | None) -> Forecast:
    """What `receipts.take` would do with this sum, meant for the next period of `subscription` or for nothing in particular."""
    waiting = kept.of_customer(customer=customer)
    wallet_minor, owed_minor = accounts.standing(customer=customer)
    told = Forecast(wallet_minor + amount_minor, owed_minor)
    kept_minor = sum(one.came_minor for one in waiting)
    may_buy = buyers.may_buy(customer)
    is_first = debts.is_overdue(customer=customer)
    if is_first:
        _pay_debt(told, kept_minor)
        told.lifts = not told.owed_minor
        may_buy = told.lifts and _is_free_after_lift(customer)
    if subscription is not None:
        is_sold = may_buy and not blocks.is_blocked(subscription=subscription)
        kept_minor += _renew(told, subscription, amount_minor, may_buy=is_sold)
    if may_buy:
        kept_minor -= _complete(told, waiting)
    if not is_first:
        _pay_debt(told, kept_minor)
    return told


def _pay_debt(told: Forecast, kept_minor: int) -> None:
    paid = max(0, min(told.wallet_minor - kept_minor, told.owed_minor))
    told.pays_debt_minor += paid
    told.owed_minor -= paid
    told.wallet_minor -= paid


def _renew(told: Forecast, subscription: Subscription, amount_minor: int, *, may_buy: bool) -> int:
    """What is kept for the renewal, where it cannot be carried out with it."""
    told.is_sold = may_buy
    if may_buy and told.wallet_minor >= subscription.price_minor:
        told.renews = True
        told.wallet_minor -= subscription.price_minor
        return 0
    if may_buy:
        told.missing_minor = subscription.price_minor - told.wallet_minor
    return amount_minor


def _complete(told: Forecast, waiting: list[kept.Kept]) -> int:
    """What is not kept any more of the purchases that the wallet is enough for now."""
    of_guests = sum(one.came_minor for one in waiting if one.purchase.by_guest)
    freed = 0
    for one in waiting:
        if purchases.is_completed_by_money(one.purchase) and told.wallet_minor - of_guests >= one.purchase.price_minor:
            told.wallet_minor -= one.purchase.price_minor
            told.carried_out.append(one.purchase.plan_name)
            freed += one.came_minor
    return freed


def _is_free_after_lift(customer: Customer) -> bool:
    """Whether nothing but the suspension as overdue stands in the way of selling."""
    own = suspensions.open_of(customer=customer)
    others = [row for row in own if row.kind != SuspensionKind.OVERDUE]
    return not others and not suspensions.open_of(group=customer.group) and not buyers.is_closed(customer)
