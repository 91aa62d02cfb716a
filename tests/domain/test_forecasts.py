"""What *Add Payment* says a sum would do is what it does."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access.models import Subscription
from headend.billing import forecasts, purchases, receipts, signups
from headend.billing.forecasts import Forecast
from headend.billing.models import Purchase
from headend.billing.signups import Charge, Package
from headend.customers import customers, suspensions
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import clock
from tests.kit.billing import pays, practice, wrong
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PRICE = 250_000
SITUATIONS = ("plain", "rich", "owing", "overdue", "overdue_and_abuse", "overdue_group", "expired", "short", "guest")
AMOUNTS = (1, 100_000, PRICE, 2 * PRICE, 3 * PRICE)


def prepared(world: World, situation: str) -> Customer:
    """John, with a package of 2,500."""
    bought = signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": "0733900118"},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(method="" if "ow" in situation or "overdue" in situation else "cash"),
        activate=True,
        key="k",
        by=None,
    )
    john = Customer.objects.get(pk=bought.customer_id)
    home = Subscription.objects.get(customer=john)
    if situation == "rich":
        receipts.take(customer=john, method="cash", amount_minor=120_000, key="before", by=None)
    if situation.startswith("overdue"):
        suspensions.suspend(customer=john, kind="overdue", by=None)
    if situation == "overdue_and_abuse":
        suspensions.suspend(customer=john, kind="abuse", by=None)
    if situation == "overdue_group":
        suspensions.suspend(group=john.group, kind="overdue", by=None)
    if situation == "expired":
        yesterday = clock.local_day(clock.now(), world.organization.timezone) - timedelta(days=1)
        customers.edit(customer=john, account_expires_on=yesterday, by=None)
    if situation == "short":
        receipts.take(customer=john, method="cash", amount_minor=70_000, key="short", by=None, subscription=home)
    if situation == "guest":
        asked: dict[str, Any] = {"organization": world.organization, "gateway": practice(world.organization)}
        purchase = purchases.start_as_guest(plan=world.day_pass, phone="0733900118", key="g", **asked)
        pays(purchase, amount_minor=2_000)
    return Customer.objects.get(pk=john.pk)


@pytest.mark.parametrize("for_renewal", [True, False])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("amount_minor", AMOUNTS)
def test_what_is_forecast_happens(world: World, situation: str, amount_minor: int, *, for_renewal: bool) -> None:
    john = prepared(world, situation)
    home = Subscription.objects.get(customer=john)
    meant = home if for_renewal else None
    before = {row.pk: row.state for row in Purchase.objects.filter(customer=john)}
    was_overdue = any(row.kind == "overdue" for row in suspensions.open_of(customer=john))

    told = forecasts.of_payment(customer=john, amount_minor=amount_minor, subscription=meant)
    payment = receipts.take(
        customer=john, method="cash", amount_minor=amount_minor, key="taken", by=None, subscription=meant
    )

    wallet_minor, owed_minor = accounts.standing(customer=john)
    assert (told.wallet_minor, told.owed_minor) == (wallet_minor, owed_minor)
    is_overdue = any(row.kind == "overdue" for row in suspensions.open_of(customer=john))
    assert told.lifts == (was_overdue and not is_overdue)
    carried = [row for row in Purchase.objects.filter(pk__in=before) if row.state != before[row.pk] == "unfulfilled"]
    assert len(told.carried_out) == len([row for row in carried if row.state == "fulfilled"])
    if payment.purchase is not None:
        payment.purchase.refresh_from_db()
        assert told.renews == (payment.purchase.state == "fulfilled")
        is_short = payment.purchase.unfulfilled_code == "insufficient_balance"
        assert (told.missing_minor is not None) == is_short
    assert wrong() == {}


def test_a_debt_comes_first_for_who_is_kept_off(world: World) -> None:
    john = prepared(world, "overdue")
    home = Subscription.objects.get(customer=john)
    told = forecasts.of_payment(customer=john, amount_minor=2 * PRICE, subscription=home)
    assert told == Forecast(0, 0, pays_debt_minor=PRICE, lifts=True, renews=True)
    told = forecasts.of_payment(customer=john, amount_minor=PRICE + 1, subscription=home)
    assert told == Forecast(1, 0, pays_debt_minor=PRICE, lifts=True, missing_minor=PRICE - 1)
