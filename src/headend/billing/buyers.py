"""Who may buy: what stands in the way of taking somebody's money, because RADIUS would refuse whoever paid."""

from headend.access import blocks
from headend.access.models import Subscription
from headend.billing.rules import Code
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.customers.rules import account_is_over
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system.models import Organization


def may_buy(customer: Customer) -> bool:
    """Whether nothing stands in the way of selling to this customer: see `refuse`."""
    return _bar(customer) is None


def refuse(customer: Customer, subscription: Subscription | None = None) -> None:
    """Refuses `customer_may_not_buy` to who is deleted, disabled or suspended, `account_is_over` after the account expiry
    date, and `package_is_blocked` for the next period of such a package: RADIUS would refuse whoever paid.
    """
    bar = _bar(customer)
    if bar is not None:
        raise Refused(bar, field="account_expires_on" if bar is Code.ACCOUNT_IS_OVER else "")
    if subscription is not None and blocks.is_blocked(subscription=subscription):
        raise Refused(Code.PACKAGE_IS_BLOCKED, field="subscription", plan=subscription.plan_name)


def is_closed(customer: Customer) -> bool:
    """Whether the account is deleted, or its expiry date has passed."""
    row = _afresh(customer)
    return row.deleted_at is not None or _is_over(row, customer.organization)


def refuse_expired(customer: Customer) -> None:
    """Refuses `account_is_over` alone: for what a halt does not forbid."""
    if _is_over(_afresh(customer), customer.organization):
        raise Refused(Code.ACCOUNT_IS_OVER, field="account_expires_on")


def _bar(customer: Customer) -> Code | None:
    """What stands in the way of selling to this customer; None where nothing does."""
    row = _afresh(customer)
    if row.deleted_at is not None or suspensions.is_halted(customer=row):
        return Code.CUSTOMER_MAY_NOT_BUY
    return Code.ACCOUNT_IS_OVER if _is_over(row, customer.organization) else None


def _afresh(customer: Customer) -> Customer:
    """What decides whether somebody may buy: the caller's copy may be older than the last change."""
    return Customer.objects.only("deleted_at", "account_expires_on", "group_id").get(pk=customer.pk)


def _is_over(customer: Customer, organization: Organization) -> bool:
    return account_is_over(customer.account_expires_on, organization.timezone, clock.now())
