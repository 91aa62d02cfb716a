"""What is short in the portal, what is open there, and what its main act is."""

import re

import pytest
from django.test import Client

from headend.access import subscriptions
from headend.billing.models import Purchase
from headend.customers import customers
from headend.customers.models import Customer
from tests.kit import billing, portal
from tests.kit.portal import BASE, client_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def neema(world: World) -> Customer:
    return world.customers["neema"]


@pytest.fixture
def client(world: World, neema: Customer) -> Client:
    return client_of(neema)


def page_of(client: Client, purchase: Purchase) -> str:
    return client.get(f"{BASE}purchases/{purchase.uid}/").content.decode()


def test_a_part_of_the_price_stays_in_the_wallet(world: World, neema: Customer, client: Client) -> None:
    purchase = portal.asked(world, neema, billing.practice(world.organization))
    billing.pays(purchase, amount_minor=2_000)
    page = page_of(client, purchase).replace("\xa0", " ")
    assert "We received KES 20, but Day pass costs KES 50." in page
    assert "KES\xa020.00" in client.get(BASE).content.decode()

    assert "Pay the missing KES 30" in page
    gateway = world.organization.gateway_set.get()
    sent = {"form_token": portal.token(page.encode()), "pay": gateway.pk, "phone": "0733900118"}
    client.post(f"{BASE}purchases/{purchase.uid}/again/", sent)
    assert billing.payment_of(purchase).asked_minor == 3_000
    assert '<span class="big">KES 30</span>' in page_of(client, purchase).replace("\xa0", " ")
    billing.pays(purchase, "PM2")
    assert "Your voucher is ready" in page_of(client, purchase)


def test_a_payment_that_is_open_is_led_to(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    place = f"{BASE}top-up/"
    sent = {"form_token": "0" * 24, "amount": "20", "pay": gateway.pk, "phone": neema.phone}

    page = client.post(place, sent).content.decode()

    assert "This phone is being asked to pay already." in page
    assert f'href="{BASE}payments/{billing.payment_of(purchase).uid}/"' in page
    # Whose payment it is that a strange phone is asked for is told to nobody else.
    other = client_of(world.otieno).post(place, sent).content.decode()
    assert "This phone is being asked to pay already." in other
    assert "/payments/" not in other


def test_renewing_is_the_main_act_of_who_has_a_package(world: World) -> None:
    newcomer = customers.register(organization=world.organization, first_name="Wambui", phone="0733900118", by=None)
    subscriptions.activate(subscription=world.otieno_home, by=None)
    main = re.findall(
        r'class="btn primary"[^>]*>(?:<svg.*?</svg>)?([^<]*)', client_of(world.otieno).get(BASE).content.decode()
    )
    assert main == ["Renew"]
    main = re.findall(
        r'class="btn primary"[^>]*>(?:<svg.*?</svg>)?([^<]*)', client_of(newcomer).get(BASE).content.decode()
    )
    assert main == ["Buy Voucher"]
