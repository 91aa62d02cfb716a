"""A free hotspot plan at the splash, in the portal and at the desk."""

import pytest
from django.test import Client

from headend.access import plans
from headend.access.models import Plan, Voucher
from headend.billing.models import Payment, Purchase
from headend.system.models import Throttle
from tests.kit import billing, console, portal
from tests.kit.captive import LOGIN, MAC, Guest
from tests.kit.portal import BASE, client_of, token
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BUY = f"{BASE}buy/"


@pytest.fixture
def free(world: World) -> Plan:
    return plans.add(
        organization=world.organization,
        by=None,
        name="Free hour",
        connection_type="hotspot",
        price_minor=0,
        download_kbps=1_000,
        upload_kbps=1_000,
        validity_count=24,
        validity_unit="hours",
        time_limit_seconds=3600,
    )


@pytest.fixture
def guest(world: World) -> Guest:
    return Guest(world)


def press(guest: Guest, plan: Plan, phone: str = "0733 000 111") -> str:
    return guest.posts("purchases/", plan=plan.pk, phone=phone, form_token=guest.token)


@pytest.mark.parametrize("is_paid_for_too", [True, False])
def test_at_the_splash_it_connects_without_a_payment(
    world: World, free: Plan, guest: Guest, *, is_paid_for_too: bool
) -> None:
    if is_paid_for_too:
        billing.practice(world.organization)
    page = guest.arrives()
    assert "Free hour" in page
    assert "Free</strong>" in page
    assert ("unless it is free" in page) == is_paid_for_too
    # Where nobody can be paid, what costs something is sold elsewhere.
    assert ("Vouchers are sold at our desk" in page) != is_paid_for_too
    assert ("Buy Voucher</button>" in page) == is_paid_for_too

    assert "Give a phone number." in press(guest, free, phone="")
    press(guest, free)
    guest.follows()
    guest.follows()

    purchase = Purchase.objects.get()
    assert (purchase.state, purchase.mac) == ("fulfilled", MAC.replace(":", ""))
    assert guest.login["at"] == LOGIN
    assert not Payment.objects.exists()


def test_at_the_splash_it_is_had_once_in_its_time(world: World, free: Plan, guest: Guest) -> None:
    guest.arrives()
    press(guest, free)
    guest.arrives()
    # On the same device the same pass, also where the browser has forgotten it.
    guest.client.cookies.clear()
    press(guest, free)
    assert guest.status == 302
    Throttle.objects.all().delete()
    guest.arrives()
    press(guest, free, phone="0733 000 112")
    assert guest.status == 400
    assert "“Free hour” is free once in its time, and was had already. It can be had again from" in guest.page
    assert Voucher.objects.count() == 1


def test_from_home_nobody_takes_it_without_an_account(world: World, free: Plan, guest: Guest) -> None:
    guest.opens()
    press(guest, free)
    assert guest.status == 400
    assert "“Free hour” is given at the hotspot itself" in guest.page
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("has_gateway", [True, False])
def test_in_the_portal(world: World, free: Plan, *, has_gateway: bool) -> None:
    if has_gateway:
        billing.practice(world.organization)
    client = client_of(world.customers["neema"])
    page = client.get(BUY).content.decode()
    assert "Free hour" in page
    assert "Paying by phone is not set up here." not in page

    form_token = token(page.encode())
    response = client.post(BUY, {"form_token": form_token, "plan": free.pk})

    purchase = Purchase.objects.get()
    assert response["Location"] == f"{BASE}purchases/{purchase.uid}/"
    assert (purchase.state, purchase.customer) == ("fulfilled", world.customers["neema"])
    text = client.get(response["Location"]).content.decode()
    assert "Your voucher is ready" in text
    assert "Free, since today" in text
    assert not Payment.objects.exists()
    again = client.post(BUY, {"form_token": "f" * 24, "plan": free.pk})
    assert "is free once in its time" in again.content.decode()


def test_in_the_portal_what_costs_something_wants_a_way_to_pay(world: World, free: Plan) -> None:
    billing.practice(world.organization)
    client = client_of(world.customers["neema"])
    response = portal.buy(client, plan=world.day_pass.pk)
    assert response.status_code == 400
    assert "Please fill this in." in response.content.decode()
    assert not Purchase.objects.exists()


def test_at_the_desk(world: World, free: Plan) -> None:
    cashier: Client = console.client_of(world.staff["cashier"])
    place = f"/baobab/console/customers/{world.otieno.pk}/vouchers/add/"
    assert "Free hour" in cashier.get(place).content.decode()

    text = console.words(cashier.post(place, {"plan": free.pk}, follow=True))

    assert "Free hour is bought: code" in text
    response = cashier.post(place, {"plan": free.pk})
    assert response.status_code == 400
    assert "is free once in its time" in str(response.context["form"].errors["plan"])
    assert Voucher.objects.count() == 1
    assert billing.wrong() == {}
