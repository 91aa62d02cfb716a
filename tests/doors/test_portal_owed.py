"""What a customer owes: the portal says how much, leads to paying it, and lets him in again."""

import pytest
from django.test import Client

from headend.billing import receipts, signups
from headend.billing.models import Gateway, Payment
from headend.billing.signups import Charge, Package
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.ledger import accounts
from tests.kit import billing, console, portal
from tests.kit.portal import BASE, client_of, token
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BUY, TOP_UP = f"{BASE}buy/", f"{BASE}top-up/"
OWED = "You owe KES\xa02,500.00."


@pytest.fixture
def john(world: World) -> Customer:
    """He owes 2,500 for his first month, and is suspended for it."""
    billing.practice(world.organization)
    bought = signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": "0733900118"},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(),
        activate=True,
        key="k",
        by=None,
    )
    suspensions.suspend(customer=bought.customer, kind="overdue", reason="Staff know why", by=None)
    return Customer.objects.get(pk=bought.customer_id)


@pytest.fixture
def client(john: Customer) -> Client:
    return client_of(john)


def text_of(client: Client, place: str) -> str:
    response = client.get(place)
    assert response.status_code == 200
    return console.words(response)


def test_every_page_says_what_is_owed_and_leads_to_paying_it(john: Customer, client: Client) -> None:
    for place in (BASE, BUY):
        page = client.get(place).content.decode()
        assert f"{OWED} Once that is paid, you can connect again at once." in page
        assert "Staff know why" not in page
        assert f'<a class="btn primary" href="{TOP_UP}">' in page
        assert "Pay what you owe" in page
    page = client.get(TOP_UP).content.decode()
    assert 'value="2500.00"' in page
    assert f"{OWED} What you pay beyond it stays in your wallet." in page


def test_paid_by_phone_it_lets_him_in_again(world: World, john: Customer, client: Client) -> None:
    sent = {"amount": "2500", "pay": Gateway.objects.get().pk, "phone": "0733900118"}
    response = client.post(TOP_UP, {"form_token": token(client.get(TOP_UP).content), **sent})
    payment = Payment.objects.get()
    waits = text_of(client, response["Location"])
    assert "Pays what you owe first" in waits
    assert "Into your wallet" not in waits
    receipts.receive(payment=payment, receipt_code="PM1", amount_minor=payment.asked_minor)

    text = text_of(client, response["Location"])
    assert "All of it paid what you owed." in text
    assert "You owe nothing any more." in text
    assert not suspensions.open_of(customer=john)
    home = text_of(client, BASE)
    assert "You owe" not in home
    assert "Buy Voucher" in home


def test_a_part_of_it_leaves_the_rest(john: Customer, client: Client) -> None:
    portal.pays(john, 100_000)
    assert "You owe KES\xa01,500.00." in client.get(BASE).content.decode()
    assert 'value="1500.00"' in client.get(TOP_UP).content.decode()


def test_a_wallet_that_is_short_counts_what_is_owed(world: World, john: Customer, client: Client) -> None:
    suspensions.lift(customer=john, kind="overdue", by=None)
    page = text_of(client, BUY)
    assert 'KES 2,550.00 short, with what you owe: <a href="/baobab/portal/top-up/?amount=2550">top up</a>' in page


def test_of_a_group_it_promises_nothing(john: Customer, client: Client) -> None:
    suspensions.suspend(group=john.group, kind="overdue", by=None)
    page = client.get(BASE).content.decode()
    assert OWED in page
    assert "you can connect again" not in page


def test_the_desk_says_that_it_lifts(world: World, john: Customer) -> None:
    cashier = console.client_of(world.staff["cashier"])
    place = f"/baobab/console/customers/{john.pk}/payments/add/"

    text = console.words(cashier.post(place, {"amount": "2500", "method": "cash"}, follow=True))

    assert "All of it paid what was owed. The suspension (overdue) is lifted." in text
    assert accounts.owed(customer=john) == 0
    assert not suspensions.open_of(customer=john)
