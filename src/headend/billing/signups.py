"""A package for a customer, new or known: what they get, what is charged, and how it is paid, in one act."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from headend.access import subscriptions
from headend.access.models import Plan, Subscription
from headend.access.rules import Code as AccessCode
from headend.billing import buyers, debts, happenings, kept, promotions, purchases, receipts
from headend.billing.happenings import Charged
from headend.billing.models import LineKind, Purchase, PurchaseLine
from headend.billing.rules import Code
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.ledger.rules import Code as LedgerCode
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import engine, events
from headend.system.events import Happened
from headend.system.models import Organization, Staff

# How it is paid, beside the ways in which money comes.
BALANCE: Final = "balance"
FREE: Final = "free"
OWED: Final = ""


@dataclass(frozen=True, slots=True)
class Package:
    """What the customer gets. An empty username is made of the name, an empty password is generated."""

    plan: Plan
    username: str = ""
    password: str = ""
    framed_address: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged, in minor units, and how it is paid: by a `Method`, from the `BALANCE`, `FREE`, or it is `OWED`."""

    method: str = OWED
    reference: str = ""
    installation_minor: int = 0
    # Instead of the plan's price, this first time only.
    custom_minor: int | None = None

    def lines(self, plan: Plan) -> list[tuple[LineKind, int]]:
        """What is charged for what; the first period always, the installation where it costs something."""
        period_minor = plan.price_minor if self.custom_minor is None else self.custom_minor
        lines = [(LineKind.PERIOD, period_minor)]
        return [*lines, (LineKind.INSTALLATION, self.installation_minor)] if self.installation_minor else lines


def sign_up(
    *,
    organization: Organization,
    person: dict[str, Any],
    package: Package,
    charge: Charge,
    activate: bool,
    key: str,
    by: Staff | None,
) -> Purchase:
    """Registers `person` (what `customers.register` takes), adds the package, charges it and takes the money: all or nothing.

    What is charged does not depend on whether it is activated now; `start` does that later. The same key again gives the
    first purchase back. Refuses `account_is_over`, and what `customers.register`, `subscriptions.create` and `receipts.take` refuse.
    """
    _refuse_amounts(charge)
    with events.operation(), transaction.atomic():
        engine.lock_keys([f"purchase:{organization.pk}:{key}"])
        first = Purchase.objects.filter(organization=organization, key=key).first()
        if first is not None:
            return _the_same(first, package, charge)
        customer = customers.register(organization=organization, by=by, **person)
        buyers.refuse_expired(customer)
        subscription = _add(customer, package, by)
        purchase = _charge(subscription, charge, key, by)
        _record(purchase, happenings.CUSTOMER_SIGNED_UP(**_told(purchase, charge)), by)
        if activate:
            subscriptions.activate(subscription=subscription, by=by)
    return purchase


def add_package(
    *, customer: Customer, package: Package, charge: Charge, activate: bool, key: str, by: Staff | None
) -> Purchase:
    """As `sign_up`, for a customer who is there already.

    Refuses `insufficient_balance`, and what `buyers.refuse`, `subscriptions.create` and `receipts.take` refuse.
    """
    _refuse_amounts(charge)
    with events.operation(), transaction.atomic():
        engine.lock_keys([f"purchase:{customer.organization_id}:{key}"])
        first = Purchase.objects.filter(organization=customer.organization_id, key=key).first()
        if first is not None:
            return _the_same(first, package, charge)
        buyers.refuse(customer)
        subscription = _add(customer, package, by)
        purchase = _charge(subscription, charge, key, by)
        _record(purchase, happenings.PACKAGE_ADDED(**_told(purchase, charge)), by)
        if activate:
            subscriptions.activate(subscription=subscription, by=by)
    return purchase


def start(*, subscription: Subscription, by: Staff | None) -> Subscription:
    """Activates what was charged when its customer signed up; nothing more is taken. A second press does no harm.

    Refuses `subscription_ended`, `account_is_over`, because the period would run while no login is accepted, and
    `not_charged` where nothing was charged for it yet.
    """
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",), no_key=True).get(pk=subscription.pk)
        if row.activated_at is not None:
            return row
        if not purchases.charged_ahead(customer=row.customer).filter(pk=row.pk).exists():
            raise Refused(AccessCode.SUBSCRIPTION_ENDED if row.ended_at else Code.NOT_CHARGED)
        buyers.refuse_expired(row.customer)
        return subscriptions.activate(subscription=row, by=by)


def _refuse_amounts(charge: Charge) -> None:
    if charge.installation_minor < 0 or (charge.custom_minor or 0) < 0:
        raise Refused(Code.AMOUNT_INVALID)


def _the_same(first: Purchase, package: Package, charge: Charge) -> Purchase:
    """Refuses `conflicts_with_first` where the key was used for something else."""
    price_minor = sum(amount for _, amount in charge.lines(package.plan))
    if (first.plan_id, first.price_minor) != (package.plan.pk, price_minor):
        raise Refused(LedgerCode.CONFLICTS_WITH_FIRST)
    return first


def _add(customer: Customer, package: Package, by: Staff | None) -> Subscription:
    return subscriptions.create(
        customer=customer,
        plan=package.plan,
        username=package.username or subscriptions.suggest_username(customer=customer),
        password=package.password,
        framed_address=package.framed_address,
        by=by,
    )


def _charge(subscription: Subscription, charge: Charge, key: str, by: Staff | None) -> Purchase:
    """The purchase with its lines, booked: from the money that was taken for it, or as a debt."""
    customer, lines = subscription.customer, charge.lines(subscription.plan)
    purchase = Purchase.objects.create(
        organization=subscription.organization,
        key=key,
        customer=customer,
        plan=subscription.plan,
        plan_name=subscription.plan_name,
        price_minor=sum(amount for _, amount in lines),
        subscription=subscription,
        is_free=charge.method == FREE,
        fulfilled_at=clock.now(),
    )
    PurchaseLine.objects.bulk_create(
        [PurchaseLine(purchase=purchase, kind=kind, amount_minor=amount) for kind, amount in lines]
    )
    if purchase.price_minor:
        _book(purchase, charge, key, by)
    return purchase


def _book(purchase: Purchase, charge: Charge, key: str, by: Staff | None) -> None:
    customer = purchase.customer
    if charge.method == FREE:
        promotions.post(purchase=purchase)
    elif charge.method == OWED:
        kept.lock(customer_id=customer.pk)
        purchases.charge(purchase=purchase, debit=accounts.receivable(customer=customer))
        # One balance: nobody owes something beside money of his own.
        debts.settle(customer=customer, source="purchase", subject_id=purchase.pk, by=by)
    elif charge.method == BALANCE:
        kept.lock(customer_id=customer.pk)
        purchases.charge(purchase=purchase, debit=accounts.wallet(customer=customer))
        purchases.close_spent(customer=customer)
    else:
        receipts.take(
            customer=customer,
            method=charge.method,
            amount_minor=purchase.price_minor,
            key=key,
            by=by,
            reference=charge.reference,
            purchase=purchase,
        )
        purchases.charge(purchase=purchase, debit=accounts.wallet(customer=customer))


def _told(purchase: Purchase, charge: Charge) -> Charged:
    amounts = dict(charge.lines(purchase.plan))
    return {
        "plan": purchase.plan_name,
        "price_minor": purchase.price_minor,
        "method": charge.method if purchase.price_minor else "",
        "is_owed": charge.method == OWED and purchase.price_minor > 0,
        "period_minor": amounts[LineKind.PERIOD],
        "installation_minor": amounts.get(LineKind.INSTALLATION, 0),
    }


def _record(purchase: Purchase, happened: Happened, by: Staff | None) -> None:
    events.record(
        happened,
        organization=purchase.organization,
        subject=purchase,
        by=by,
        customer_id=purchase.customer_id,
    )
