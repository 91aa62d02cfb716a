"""What customers buy: paid by phone or from the wallet, and carried out once the money is there."""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from headend.access import plans, subscriptions, vouchers
from headend.access.models import ConnectionType, Plan, Subscription
from headend.access.rules import Code as AccessCode
from headend.billing import buyers, debts, free_passes, happenings, kept, payments
from headend.billing.happenings import OfPlan
from headend.billing.models import Gateway, Payment, Purchase
from headend.billing.rules import Code
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts, entries
from headend.ledger.models import Account, AccountKind, EntryKind
from headend.ledger.rules import Code as LedgerCode
from headend.lib import clock, money
from headend.lib.refused import Refused
from headend.system import engine, events
from headend.system.events import Happened
from headend.system.models import Organization, Staff

# Whoever adds money later than this after a purchase was short may well mean it for something else.
COMPLETED_WITHIN: Final = timedelta(days=7)

log = logging.getLogger(__name__)


def on_sale(*, organization: Organization) -> QuerySet[Plan]:
    """The plans of which anybody can have a voucher, by price; some may cost nothing."""
    sold = Plan.objects.filter(organization=organization, retired_at__isnull=True)
    return sold.filter(connection_type=ConnectionType.HOTSPOT).order_by("price_minor", "name_key")


def start(
    *,
    customer: Customer,
    gateway: Gateway,
    phone: str,
    key: str,
    plan: Plan | None = None,
    subscription: Subscription | None = None,
    mac: str = "",
    by_guest: bool = False,
) -> Purchase:
    """Asks `phone` to pay for a voucher of `plan`, or for the next period of `subscription`.

    The same key again gives the first purchase back. Refuses `plan_retired`, `plan_not_sold`, `customer_may_not_buy`,
    `account_is_over`, `package_is_blocked`, `prompt_open`, and what `payments.read_payer` refuses.
    """
    payer = payments.read_payer(customer, phone)
    with events.operation(), transaction.atomic():
        engine.lock_keys([f"purchase:{customer.organization_id}:{key}"])
        purchase = _first(customer, key, plan, subscription)
        if purchase is not None:
            return purchase
        buyers.refuse(customer, subscription)
        purchase = _make(customer, plan, subscription, key=key, mac=mac, by_guest=by_guest)
        payments.ask(
            customer=customer,
            purchase=purchase,
            gateway=gateway,
            phone=payer,
            amount_minor=purchase.price_minor,
            key=f"{key}:1",
        )
    return purchase


def start_as_guest(
    *, organization: Organization, plan: Plan, gateway: Gateway, phone: str, key: str, mac: str = ""
) -> Purchase:
    """As `start`, for somebody of whom only the phone is known: the customer with this phone, or a new one.

    Nothing of a known customer is shown or spent: the whole price is paid by the phone, which proves that it is his.
    """
    with events.operation(), transaction.atomic():
        customer = _guest(organization, phone)
        return start(customer=customer, plan=plan, gateway=gateway, phone=phone, key=key, mac=mac, by_guest=True)


def take_free_as_guest(*, organization: Organization, plan: Plan, phone: str, key: str, mac: str) -> Purchase:
    """A voucher of a plan that costs nothing, at once, for somebody of whom only the phone and the device (12 digits) are known.

    The same phone on the same device gets the pass that it has, while that connects. Refuses `free_pass_at_hotspot` without
    a device, `free_pass_had`, and what `start_as_guest` refuses.
    """
    assert not plan.price_minor, "it costs nothing"
    if not mac:
        raise Refused(Code.FREE_PASS_AT_HOTSPOT, field="plan", plan=plan.name)
    with events.operation(), transaction.atomic():
        customer = _guest(organization, phone)
        engine.lock_keys([f"purchase:{organization.pk}:{key}"])
        purchase = _first(customer, key, plan, None) or free_passes.running(customer=customer, plan=plan, mac=mac)
        if purchase is None:
            purchase = _make(customer, plan, None, key=key, mac=mac, by_guest=True)
            fulfil(purchase=purchase, by=None)
    return purchase


def ask_again(*, purchase: Purchase, gateway: Gateway, phone: str, key: str) -> Payment | None:
    """Asks for the payment once more, after one that failed, or for the rest of one that was short.

    None where it was fulfilled meanwhile. Refuses `prompt_open` while the last request can still be answered,
    `purchase_is_settled` where money is not what it lacks, and what `start` refuses.
    """
    payer = payments.read_payer(purchase.customer, phone)
    with events.operation(), transaction.atomic():
        kept.lock(customer_id=purchase.customer_id)
        rows = Purchase.objects.select_related(
            "organization", "customer__organization", "plan__organization", "subscription"
        )
        row = rows.select_for_update(of=("self",), no_key=True).get(pk=purchase.pk)
        if row.fulfilled_at is not None:
            return None
        buyers.refuse(purchase.customer, purchase.subscription)
        return payments.ask(
            customer=purchase.customer,
            purchase=purchase,
            gateway=gateway,
            phone=payer,
            amount_minor=_to_ask_minor(row),
            key=key,
        )


def buy_from_wallet(
    *,
    customer: Customer,
    key: str,
    by: Staff | None,
    plan: Plan | None = None,
    subscription: Subscription | None = None,
) -> Purchase:
    """A voucher of `plan`, or the next period of `subscription`, paid from the wallet at once: whole or not at all.

    The same key again gives the first purchase back. Refuses `insufficient_balance`, and what `start` refuses.
    """
    with events.operation(), transaction.atomic():
        engine.lock_keys([f"purchase:{customer.organization_id}:{key}"])
        purchase = _first(customer, key, plan, subscription)
        if purchase is not None:
            return purchase
        purchase = _make(customer, plan, subscription, key=key)
        fulfil(purchase=purchase, by=by)
    return purchase


def fulfil(*, purchase: Purchase, by: Staff | None) -> Purchase:
    """Takes the price from the wallet and gives what was bought. Done once; a repetition gives the same back.

    Refuses `insufficient_balance`, `plan_retired`, `subscription_ended`, what `buyers.refuse` refuses, and
    `purchase_is_settled` where somebody has closed it.
    """
    with events.operation(), transaction.atomic():
        kept.lock(customer_id=purchase.customer_id)
        row = Purchase.objects.select_for_update(no_key=True).get(pk=purchase.pk)
        if row.closed_at is not None:
            raise Refused(Code.PURCHASE_IS_SETTLED)
        if row.fulfilled_at is None:
            buyers.refuse(purchase.customer, purchase.subscription)
            charge(purchase=purchase, debit=accounts.wallet(customer=purchase.customer))
            _give(purchase, by)
            purchase.fulfilled_at = clock.now()
            purchase.save(update_fields=["voucher", "fulfilled_at"])
            _record(purchase, happenings.PURCHASE_FULFILLED(**_told(purchase), voucher_id=purchase.voucher_id), by)
            close_spent(customer=purchase.customer)
        else:
            purchase.voucher, purchase.fulfilled_at = row.voucher, row.fulfilled_at
    return purchase


def charge(*, purchase: Purchase, debit: Account) -> None:
    """Books the price from the buyer's wallet, or from what he owes; part of the caller's transaction.

    Refuses `insufficient_balance`.
    """
    if not purchase.price_minor:
        return
    entries.transfer(
        organization=purchase.organization,
        key=f"purchase:{purchase.pk}",
        debit=debit,
        credit=accounts.of_organization(organization=purchase.organization, kind=AccountKind.REVENUE),
        amount_minor=purchase.price_minor,
        kind=EntryKind.PURCHASE,
        subject_id=purchase.pk,
    )


def charged_ahead(*, customer: Customer) -> QuerySet[Subscription]:
    """The drafts of a customer whose first period is charged already: they are only to be activated."""
    drafts = Subscription.objects.filter(customer=customer, activated_at__isnull=True, ended_at__isnull=True)
    charged = Purchase.objects.filter(customer=customer, subscription__isnull=False, fulfilled_at__isnull=False)
    return drafts.filter(pk__in=charged.values("subscription"))


def try_to_fulfil(*, purchase: Purchase, by: Staff | None) -> None:
    """After its payment, which `by` took: fulfils, or leaves the money in the wallet and says so to staff. Never raises a refusal.

    Part of the transaction that settles the payment, which must stand whatever happens here.
    """
    if Purchase.objects.filter(pk=purchase.pk, fulfilled_at__isnull=False).exists():
        # It was paid twice: what came now stays in the wallet.
        return
    try:
        with transaction.atomic():
            spent = _refuse_short_guest(purchase)
            fulfil(purchase=purchase, by=by)
            _close_used(spent)
    except Refused as refusal:
        _leave_unfulfilled(purchase, str(refusal.code))
    except (OperationalError, InterfaceError):
        # The database itself: nothing was booked, and the provider's word comes again.
        raise
    except Exception as error:  # noqa: BLE001 - the money that came must be booked, whatever is wrong with what it is for
        log.error("Purchase %s could not be fulfilled: %s", purchase.pk, type(error).__name__)
        _leave_unfulfilled(purchase, Code.FULFILMENT_FAILED)


def complete(*, customer: Customer, by: Staff | None, after_lift: bool = False) -> None:
    """After money came, which `by` took: what a customer's purchase was short of is there now. Never raises a refusal.

    With `after_lift`, also what was refused because of the suspension that ended just now.
    Part of the transaction that settles the payment. Not for the purchases of guests: whoever typed the customer's phone
    spends nothing that somebody else paid in.
    """
    codes = [LedgerCode.INSUFFICIENT_BALANCE, *([Code.CUSTOMER_MAY_NOT_BUY] if after_lift else [])]
    for one in kept.of_customer(customer=customer):
        purchase = one.purchase
        if not is_completed_by_money(purchase, codes):
            continue
        purchase.organization, purchase.customer = customer.organization, customer
        if kept.spendable_minor(purchase=purchase) < purchase.price_minor:
            continue
        try:
            fulfil(purchase=purchase, by=by)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - the money that came must be booked, whatever is wrong with what it is for
            log.warning("Purchase %s was paid in full and not carried out: %s", purchase.pk, type(error).__name__)


def is_completed_by_money(purchase: Purchase, codes: Collection[str] = (LedgerCode.INSUFFICIENT_BALANCE,)) -> bool:
    """Whether money that comes for nothing in particular carries out this purchase, which waits: a customer's own, and recent."""
    recent = clock.now() - COMPLETED_WITHIN
    is_meant = purchase.unfulfilled_code in codes and not purchase.by_guest
    return is_meant and purchase.unfulfilled_at is not None and purchase.unfulfilled_at >= recent


def close(*, purchase: Purchase, by: Staff | None) -> None:
    """Somebody has seen to an unfulfilled purchase: the money stays in the wallet, or pays what is owed; the red line goes."""
    with transaction.atomic():
        kept.lock(customer_id=purchase.customer_id)
        unfulfilled = Purchase.objects.filter(pk=purchase.pk, fulfilled_at__isnull=True, closed_at__isnull=True)
        if unfulfilled.exclude(unfulfilled_at=None).update(closed_at=clock.now()):
            _record(purchase, happenings.PURCHASE_CLOSED(**_told(purchase)), by)
            # What was kept for it is free now.
            debts.settle(customer=purchase.customer, source="purchase", subject_id=purchase.pk, by=by)


def close_spent(*, customer: Customer) -> None:
    """Closes the unfulfilled purchases whose money is not in the wallet any more: nobody owes what was paid for with it."""
    _close_used(kept.used_up(customer=customer))


def to_act_on(*, organization: Organization) -> QuerySet[Purchase]:
    """Purchases that were paid and could not be fulfilled, oldest first, until somebody has acted."""
    waiting = Purchase.objects.filter(
        organization=organization, unfulfilled_at__isnull=False, fulfilled_at__isnull=True, closed_at__isnull=True
    )
    return waiting.select_related("customer").order_by("unfulfilled_at")


def begin(*, customer: Customer, subscription: Subscription, key: str) -> Purchase:
    """A purchase of the next period of a subscription, about to be paid; part of the caller's transaction.

    Refuses `subscription_ended`.
    """
    return _first(customer, key, None, subscription) or _make(customer, None, subscription, key=key)


def _guest(organization: Organization, phone: str) -> Customer:
    """The customer with this phone, typed in any notation, or a new one."""
    typed = customers.read_phone(organization=organization, text=phone)
    customers.lock(organization_id=organization.pk)
    known = customers.holders("phone", typed, organization_id=organization.pk).first()
    return known or customers.register(organization=organization, phone=typed, by=None)


def _first(customer: Customer, key: str, plan: Plan | None, subscription: Subscription | None) -> Purchase | None:
    """The purchase that this key made before. Refuses `conflicts_with_first` where that was of something else."""
    first = Purchase.objects.filter(organization=customer.organization_id, key=key).first()
    if first is None:
        return None
    is_same = first.plan_id == plan.pk if subscription is None and plan else first.subscription == subscription
    if first.customer_id != customer.pk or not is_same:
        raise Refused(LedgerCode.CONFLICTS_WITH_FIRST)
    return first


def _to_ask_minor(purchase: Purchase) -> int:
    """The price; of what was paid in part, the rest."""
    if purchase.state == "waiting":
        return purchase.price_minor
    missing = kept.missing_minor(purchase=purchase)
    if not missing:
        raise Refused(Code.PURCHASE_IS_SETTLED)
    return missing


def _refuse_short_guest(purchase: Purchase) -> list[Purchase]:
    """A guest proves with his payment that the phone is his, and of what the customer has already he spends nothing.

    Returns his own other purchases whose money is needed for this one: he paid for them in part, and got nothing.
    """
    if not purchase.by_guest:
        return []
    paid = kept.came_minor(purchase=purchase)
    spent = []
    for other in kept.of_same_guest(purchase=purchase) if paid < purchase.price_minor else []:
        if paid < purchase.price_minor:
            paid += other.came_minor
            spent.append(other.purchase)
    if paid < purchase.price_minor:
        currency = purchase.organization.currency
        raise Refused(
            LedgerCode.INSUFFICIENT_BALANCE,
            available=money.short(paid, currency),
            required=money.short(purchase.price_minor, currency),
            available_minor=paid,
            required_minor=purchase.price_minor,
        )
    return spent


def _make(
    customer: Customer,
    plan: Plan | None,
    subscription: Subscription | None,
    *,
    key: str,
    mac: str = "",
    by_guest: bool = False,
) -> Purchase:
    if subscription is not None:
        if subscription.ended_at is not None:
            raise Refused(AccessCode.SUBSCRIPTION_ENDED)
        if charged_ahead(customer=customer).filter(pk=subscription.pk).exists():
            raise Refused(Code.CHARGED_ALREADY, field="subscription", plan=subscription.plan_name)
        what, name, price = subscription.plan, subscription.plan_name, subscription.price_minor
    else:
        assert plan is not None, "a purchase is of a plan or a subscription"
        if plan.retired_at is not None:
            raise Refused(AccessCode.PLAN_RETIRED, field="plan", plan=plan.name)
        if plan.connection_type != ConnectionType.HOTSPOT:
            raise Refused(Code.PLAN_NOT_SOLD, field="plan", plan=plan.name)
        if not plan.price_minor:
            free_passes.refuse_again(customer=customer, plan=plan, mac=mac)
        what, name, price = plan, plan.name, plan.price_minor
    return Purchase.objects.create(
        organization=customer.organization,
        key=key,
        customer=customer,
        plan=what,
        plan_name=name,
        price_minor=price,
        terms=plans.terms_of(what) if subscription is None else {},
        subscription=subscription,
        mac=mac,
        by_guest=by_guest,
    )


def _give(purchase: Purchase, by: Staff | None) -> None:
    if purchase.subscription is not None:
        subscriptions.activate(subscription=purchase.subscription, by=by)
    else:
        plan, organization = purchase.plan, purchase.organization
        purchase.voucher = vouchers.issue(
            customer=purchase.customer,
            plan=plan,
            by=by,
            terms=purchase.terms,
            valid_until=None if purchase.price_minor else free_passes.valid_until(plan=plan, organization=organization),
        )


def _close_used(spent: list[Purchase]) -> None:
    """Their money went into something else: nobody waits for them any more."""
    for purchase in spent:
        close(purchase=purchase, by=None)


def _leave_unfulfilled(purchase: Purchase, code: str) -> None:
    now = clock.now()
    Purchase.objects.filter(pk=purchase.pk).update(unfulfilled_at=now, unfulfilled_code=code, closed_at=None)
    _record(purchase, happenings.PURCHASE_UNFULFILLED(**_told(purchase), reason=code), None)


def _told(purchase: Purchase) -> OfPlan:
    return {"plan": purchase.plan_name, "price_minor": purchase.price_minor}


def _record(purchase: Purchase, happened: Happened, by: Staff | None) -> None:
    events.record(
        happened,
        organization=purchase.organization,
        subject=purchase,
        by=by,
        customer_id=purchase.customer_id,
    )
