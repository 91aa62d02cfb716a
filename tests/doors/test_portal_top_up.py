"""The portal: money into the wallet."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from headend.billing import payments
from headend.billing.models import Payment
from headend.billing.rules import PROMPT_OPEN_SECONDS
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import clock
from tests.kit import billing
from tests.kit.portal import BASE, client_of, token
from tests.kit.world import World

pytestmark = pytest.mark.django_db
TOP_UP = f"{BASE}top-up/"
PHONE = "0768 274519"


@pytest.fixture
def neema(world: World) -> Customer:
    return world.customers["neema"]


@pytest.fixture
def client(world: World, neema: Customer) -> Client:
    return client_of(neema)


def later() -> Any:
    return clock.at(clock.now() + timedelta(seconds=PROMPT_OPEN_SECONDS + 1))


# Money into the wallet.


def top_up(client: Client, **data: Any) -> Any:
    return client.post(TOP_UP, {"form_token": token(client.get(TOP_UP).content), **data})


def test_topping_up(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    assert f'href="{TOP_UP}">' in client.get(BASE).content.decode()
    assert ">Top up wallet</button>" in client.get(TOP_UP).content.decode()

    response = top_up(client, amount="1,000", pay=gateway.pk, phone=PHONE)

    payment = Payment.objects.get()
    place = f"{BASE}payments/{payment.uid}/"
    assert response["Location"] == place
    assert (payment.asked_minor, payment.customer, payment.purchase) == (100_000, neema, None)
    page = client.get(place).content.decode()
    assert "Check your phone" in page
    assert 'content="3"' in page
    waiting = f"{place}waiting/?stage=waiting"
    assert f'data-poll="{waiting}"' in page
    assert client.get(waiting).status_code == 204
    billing.receipts.receive(payment=payment, receipt_code="PM7K2Q9XAB", amount_minor=100_000)
    assert client.get(waiting).status_code == 200
    page = client.get(place).content.decode()
    assert "KES\xa01,000 received" in page
    assert "PM7K2Q9XAB" in page
    assert accounts.balance(customer=neema) == 100_000


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("10.000", "10.000 can be read in two ways. Type 10000 or 10.00."),
        ("much", "This is not an amount of KES."),
        ("0", "Give an amount above zero, and not above KES\xa01,000,000."),
        ("1.000.001", "Give an amount above zero, and not above KES\xa01,000,000."),
    ],
)
def test_no_doubtful_amount_is_topped_up(world: World, client: Client, amount: str, said: str) -> None:
    gateway = billing.practice(world.organization)

    response = top_up(client, amount=amount, pay=gateway.pk, phone=PHONE)

    assert response.status_code == 400
    assert said in response.content.decode()
    assert not Payment.objects.exists()


def test_topping_up_twice_with_one_form(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    form = {"form_token": token(client.get(TOP_UP).content), "amount": "50", "pay": gateway.pk, "phone": PHONE}
    assert client.post(TOP_UP, form)["Location"] == client.post(TOP_UP, form)["Location"]
    assert Payment.objects.count() == 1


def test_a_top_up_that_fails(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    top_up(client, amount="50.50", pay=gateway.pk, phone=PHONE)
    payment = Payment.objects.get()
    payments.fail(payment=payment, reason="insufficient_funds")
    page = client.get(f"{BASE}payments/{payment.uid}/").content.decode()
    assert "There is not enough money on the phone." in page
    assert f'href="{TOP_UP}?amount=50.50"' in page
    assert 'value="50.50"' in client.get(f"{TOP_UP}?amount=50.50").content.decode()


def test_a_top_up_without_an_answer(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    top_up(client, amount="50", pay=gateway.pk, phone=PHONE)
    with later():
        page = client.get(f"{BASE}payments/{Payment.objects.get().uid}/").content.decode()
    assert "No answer yet" in page
    assert 'content="20"' in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "2,50"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": "1000001"}, "amount"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"pay": "wallet"}, "pay"),
    ],
)
def test_what_a_top_up_refuses(world: World, client: Client, changes: dict[str, str], field: str) -> None:
    gateway = billing.practice(world.organization)
    response = top_up(client, **{"amount": "50", "pay": gateway.pk, "phone": PHONE, **changes})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert not Payment.objects.exists()
