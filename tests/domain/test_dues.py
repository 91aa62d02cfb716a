"""What pages say of a package's present period: paid, owed, free, or given without a payment."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access import plans, subscriptions
from headend.access.models import Subscription
from headend.billing import payments, purchases, receipts, signups
from headend.billing.models import Purchase
from headend.billing.signups import Charge, Package
from headend.lib import clock
from headend.reports import dues
from tests.kit import billing, console, portal
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def sign_up(world: World, *, activate: bool = True, **charge: Any) -> Purchase:
    return signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": "0733900118"},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(**{"method": "cash", **charge}),
        activate=activate,
        key="k",
        by=None,
    )


def due(subscription: Subscription | None) -> dues.Due:
    assert subscription is not None
    subscription.refresh_from_db()
    return dues.of_packages(subscription.customer, [subscription])[subscription.pk]


def said(subscription: Subscription | None) -> tuple[str, int]:
    found = due(subscription)
    return found.settled, found.owed_minor


@pytest.mark.parametrize(
    ("charge", "expected"),
    [
        ({}, ("paid", 0)),
        ({"method": ""}, ("owed", 250_000)),
        ({"method": "", "installation_minor": 100_000}, ("owed", 350_000)),
        ({"custom_minor": 0}, ("free", 0)),
    ],
)
def test_it_works(world: World, charge: dict[str, Any], expected: tuple[str, int]) -> None:
    assert said(sign_up(world, **charge).subscription) == expected


def test_what_was_charged_ahead_is_paid_once_it_runs(world: World) -> None:
    subscription = sign_up(world, activate=False).subscription
    assert subscription is not None
    signups.start(subscription=subscription, by=None)
    assert said(subscription) == ("paid", 0)


def test_a_debt_that_is_paid_is_owed_no_more(world: World) -> None:
    purchase = sign_up(world, method="")
    receipts.take(customer=purchase.customer, method="cash", amount_minor=100_000, key="1", by=None)
    assert said(purchase.subscription) == ("owed", 150_000)
    receipts.take(customer=purchase.customer, method="cash", amount_minor=200_000, key="2", by=None)
    assert said(purchase.subscription) == ("paid", 0)


def test_a_renewal_does_not_hide_the_debt(world: World) -> None:
    purchase = sign_up(world, method="")
    renewed = purchase.subscription
    receipts.take(
        customer=purchase.customer, method="cash", amount_minor=250_000, key="1", by=None, subscription=renewed
    )
    assert Purchase.objects.filter(subscription=renewed, fulfilled_at__isnull=False).count() == 2
    assert said(renewed) == ("owed", 250_000)


def test_without_payment_it_is_not_called_paid(world: World) -> None:
    subscription = sign_up(world).subscription
    assert subscription is not None
    subscriptions.activate(subscription=subscription, by=None)
    assert said(subscription) == ("given", 0)
    portal.pays(subscription.customer, 250_000)
    purchases.buy_from_wallet(customer=subscription.customer, key="r", by=None, subscription=subscription)
    assert said(subscription) == ("paid", 0)


def test_a_plan_that_costs_nothing_is_free(world: World) -> None:
    plan = plans.add(
        organization=world.organization,
        by=None,
        name="Staff line",
        connection_type="pppoe",
        price_minor=0,
        download_kbps=None,
        upload_kbps=None,
        validity_count=1,
        validity_unit="months",
    )
    subscription = subscriptions.create(customer=world.otieno, plan=plan, username="staff-line", by=None)
    subscriptions.activate(subscription=subscription, by=None)
    assert said(subscription) == ("free", 0)
    assert not due(subscription).is_over
    with clock.at(clock.now() + timedelta(days=40)):
        assert due(subscription).is_over


def test_the_pages_say_it(world: World) -> None:
    purchase = sign_up(world, method="")
    client, staff = portal.client_of(purchase.customer), console.client_of(world.staff["cashier"])
    renewal = f"{portal.BASE}buy/?subscription={purchase.subscription_id}"
    place = f"/baobab/console/customers/{purchase.customer_id}/"
    for address in (portal.BASE, renewal):
        text = client.get(address).content.decode()
        assert "Runs until" in text
        assert "Not paid yet: KES\xa02,500.00." in text
        assert "Paid until" not in text
    assert "Pay what you owe" in client.get(portal.BASE).content.decode()
    billing.practice(world.organization)
    owing = client.get(f"{portal.BASE}top-up/").content.decode()
    assert "You owe KES\xa02,500.00." in owing
    assert 'value="2500.00"' in owing
    assert "KES\xa02,500.00 owed" in staff.get(place).content.decode()

    portal.pays(purchase.customer, 250_000)

    for address in (portal.BASE, renewal):
        text = client.get(address).content.decode()
        assert "Paid until" in text
        assert "Not paid yet" not in text
    assert "owed" not in staff.get(place).content.decode().partition('id="packages"')[2].partition("</section>")[0]


def test_paying_what_is_owed_in_the_portal(world: World) -> None:
    purchase = sign_up(world, method="")
    customer, gateway = purchase.customer, billing.practice(world.organization)
    client = portal.client_of(customer)
    for amount_minor, said in (
        (100_000, "All of it paid what you owed."),
        (200_000, "1,500 of it paid what you owed."),
    ):
        payment = payments.top_up(
            customer=customer, gateway=gateway, phone="0733900118", amount_minor=amount_minor, key=said
        )
        receipts.receive(payment=payment, receipt_code=f"PM{amount_minor}", amount_minor=amount_minor)
        assert said in client.get(f"{portal.BASE}payments/{payment.uid}/").content.decode()
