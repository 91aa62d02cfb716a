"""What is given without a payment, by somebody who may: charged at its price, which a promotion pays, so that the books tell."""

from django.db import transaction

from headend.access import subscriptions
from headend.access.models import Subscription
from headend.billing import buyers, happenings, kept, purchases
from headend.billing.models import Purchase
from headend.ledger import accounts, entries
from headend.ledger.models import AccountKind, EntryKind
from headend.lib import clock
from headend.system import engine, events
from headend.system.models import Staff


def give(*, subscription: Subscription, key: str, by: Staff | None) -> Purchase:
    """Activates a package, or gives its next period, for nothing. The same key again gives the first purchase back.

    Refuses `subscription_ended`, `charged_already`, and what `buyers.refuse` refuses.
    """
    customer = subscription.customer
    with events.operation(), transaction.atomic():
        engine.lock_keys([f"purchase:{customer.organization_id}:{key}"])
        purchase = purchases.begin(customer=customer, subscription=subscription, key=key)
        if purchase.fulfilled_at is None:
            buyers.refuse(customer, subscription)
            subscriptions.activate(subscription=subscription, by=by)
            # After the period began: so it is told which period it is of.
            purchase.is_free, purchase.fulfilled_at = True, clock.now()
            purchase.save(update_fields=["is_free", "fulfilled_at"])
            post(purchase=purchase)
            _record(purchase, by)
    return purchase


def post(*, purchase: Purchase) -> None:
    """Books a purchase that is given free: its price comes from the promotions, and is charged; part of the caller's transaction."""
    assert purchase.is_free, "what is paid or owed is no promotion"
    if not purchase.price_minor:
        return
    kept.lock(customer_id=purchase.customer_id)
    wallet = accounts.wallet(customer=purchase.customer)
    entries.transfer(
        organization=purchase.organization,
        key=f"promotion:{purchase.pk}",
        debit=accounts.of_organization(organization=purchase.organization, kind=AccountKind.PROMOTION),
        credit=wallet,
        amount_minor=purchase.price_minor,
        kind=EntryKind.PROMOTION,
        subject_id=purchase.pk,
    )
    purchases.charge(purchase=purchase, debit=wallet)


def _record(purchase: Purchase, by: Staff | None) -> None:
    events.record(
        happenings.PACKAGE_GIVEN(plan=purchase.plan_name, price_minor=purchase.price_minor),
        organization=purchase.organization,
        subject=purchase,
        by=by,
        customer_id=purchase.customer_id,
    )
