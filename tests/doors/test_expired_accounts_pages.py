"""An account expiry date that has passed: every door says so, and sells nothing."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from headend.billing import buyers, receipts
from headend.billing.models import Payment, Purchase
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import clock
from tests.kit import billing, console, portal
from tests.kit.captive import Guest
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CONSOLE = "/baobab/console/"
SAID = "The account expiry date has passed: no login is accepted, so nothing is sold until it is a later one."


def yesterday(world: World) -> date:
    return clock.local_day(clock.now(), world.organization.timezone) - timedelta(days=1)


@pytest.fixture
def otieno(world: World) -> Customer:
    """He has money in the wallet, and his account expired yesterday."""
    receipts.take(customer=world.otieno, method="cash", amount_minor=300_000, key="cash", by=None)
    customers.edit(customer=world.otieno, account_expires_on=yesterday(world), by=None)
    return world.otieno


@pytest.fixture
def cashier(world: World) -> Client:
    return console.client_of(world.staff["cashier"])


def nothing_was_sold(otieno: Customer) -> bool:
    return accounts.available(customer=otieno) == 300_000 and not Purchase.objects.exists()


def test_the_portal_says_why(world: World, otieno: Customer) -> None:
    billing.practice(world.organization)
    client = portal.client_of(otieno)
    home = client.get(portal.BASE).content.decode()
    assert "Your account expired on" in home
    assert ">Renew<" not in home
    # What is off is not called active.
    badge = re.compile("<b>Home 10M</b><span[^>]*>.*?Active")
    assert not badge.search(home)
    for place in (f"{portal.BASE}buy/", f"{portal.BASE}buy/?subscription={world.otieno_home.pk}"):
        page = client.get(place).content.decode()
        assert "Your account expired on" in page
        assert "so you cannot buy" in page
        assert 'name="plan"' not in page
        sent = {"form_token": "0" * 24, "plan": world.day_pass.pk, "pay": "wallet"}
        assert client.post(place, sent).status_code == 400
    assert nothing_was_sold(otieno)
    customers.edit(customer=otieno, account_expires_on=None, by=None)
    assert badge.search(client.get(portal.BASE).content.decode())


def test_the_splash_says_why(world: World, otieno: Customer) -> None:
    billing.practice(world.organization)
    guest = Guest(world)
    guest.arrives()

    guest.posts("purchases/", plan=world.day_pass.pk, phone="0712345678", form_token=guest.token)

    assert guest.status == 400
    assert "This account has expired: nothing is sold to it." in guest.page
    assert Payment.objects.count() == 1
    assert nothing_was_sold(otieno)


@pytest.mark.parametrize(
    ("place", "button"),
    [
        ("customers/{customer}/vouchers/add/", "Buy Voucher</button>"),
        ("subscriptions/{home}/renewal/", "Renew</button>"),
    ],
)
def test_the_desk_says_why(world: World, otieno: Customer, cashier: Client, place: str, button: str) -> None:
    path = CONSOLE + place.format(customer=otieno.pk, home=world.otieno_home.pk)
    page = console.words(cashier.get(path))
    assert SAID in page
    assert button not in page

    response = cashier.post(path, {"plan": world.day_pass.pk})

    assert response.status_code == 400
    assert SAID in console.words(response)
    assert nothing_was_sold(otieno)


def test_add_payment_takes_the_money_and_says_that_it_stays(world: World, otieno: Customer, cashier: Client) -> None:
    path = f"{CONSOLE}customers/{otieno.pk}/payments/add/"
    assert SAID in console.words(cashier.get(path))

    sent = {"amount": "2500", "method": "cash", "subscription": world.otieno_home.pk}
    page = console.words(cashier.post(path, sent, follow=True))

    assert "It stays in the wallet: Home 10M could not be renewed." in page
    assert SAID in page
    # The red line leads to what mends it, for whoever may.
    owner = console.client_of(world.staff["owner"])
    hub = owner.get(f"{CONSOLE}customers/{otieno.pk}/").content.decode()
    assert "Change the date" in hub
    customers.edit(customer=otieno, account_expires_on=None, by=None)
    assert "Try again" in owner.get(f"{CONSOLE}customers/{otieno.pk}/").content.decode()


def test_add_customer_puts_it_beside_the_date(world: World) -> None:
    client = console.client_of(world.staff["operator"])
    response = client.post(
        f"{CONSOLE}customers/add/",
        {
            "connection_type": "pppoe",
            "plan": world.home_10m.pk,
            "full_name": "John Doe",
            "phone": "0733 900 118",
            "group": world.default_group.pk,
            "username": "john",
            "password": "johns-secret",
            "method": "cash",
            "activate": "yes",
            "account_expires_on": str(yesterday(world)),
        },
    )
    assert response.status_code == 400
    assert response.context["person"].errors["account_expires_on"] == [SAID]
    assert not Payment.objects.exists()


def test_what_was_paid_by_phone_meanwhile_is_told_in_the_portal(world: World) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, world.otieno, gateway)
    client = portal.client_of(world.otieno)
    customers.edit(customer=world.otieno, account_expires_on=yesterday(world), by=None)
    billing.pays(purchase)

    page = client.get(f"{portal.BASE}purchases/{purchase.uid}/").content.decode()

    assert "Your account has expired." in page
    assert "What you paid is in your wallet" in page
    assert not buyers.may_buy(Customer.objects.get(pk=world.otieno.pk))
