"""Refunds and write-offs in the console: led to from where they are needed, asked about, and told afterwards."""

from typing import Any

import pytest
from django.test import Client

from headend.billing import receipts, signups
from headend.billing.models import Adjustment
from headend.billing.signups import Charge, Package
from headend.customers.models import Customer
from headend.desk import erasures, removals
from headend.ledger import accounts
from tests.kit import billing, console, portal
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BASE = "/baobab/console/customers/"


@pytest.fixture
def owner(world: World) -> Client:
    return console.client_of(world.staff["owner"])


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> Any:
    yield
    assert billing.wrong() == {}


def words(client: Client, path: str) -> str:
    return console.words(client.get(path))


def send(client: Client, path: str, **values: str) -> str:
    form = {"form_token": portal.token(client.get(path).content), **values} if "form_token" not in values else values
    return console.words(client.post(path, form, follow=True))


def in_debt(world: World) -> Customer:
    return signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": "0733900118"},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(method=""),
        activate=True,
        key="debt",
        by=None,
    ).customer


def test_a_refund(world: World, owner: Client) -> None:
    hub = f"{BASE}{world.otieno.pk}/"
    assert "/refund/" not in words(owner, hub)
    portal.pays(world.otieno, 7_500)
    assert f"{hub}refund/" in words(owner, hub)
    asked = words(owner, f"{hub}refund/")
    assert "Give the money back first, then write it down here: nothing is sent from here." in asked
    assert "KES 75.00 is in the wallet." in asked
    assert 'value="75.00"' in asked

    told = send(owner, f"{hub}refund/", amount="50", method="bank", reference="fp 77", reason="Moves away")

    assert "KES 50.00 is refunded." in told
    assert "Refund, bank" in told
    assert "Moves away" in told
    assert "KES 50.00 refunded: Bank FP77: Moves away" in told
    assert accounts.available(customer=world.otieno) == 2_500
    events = words(owner, "/baobab/console/events/")
    assert "KES 50.00 refunded: Bank FP77: Moves away" in events


def test_pressed_twice_it_is_one(world: World, owner: Client) -> None:
    portal.pays(world.otieno, 7_500)
    place = f"{BASE}{world.otieno.pk}/refund/"
    token = portal.token(owner.get(place).content)
    for client in (owner, owner, console.client_of(world.staff["admin"])):
        send(client, place, form_token=token, amount="20", method="cash", reason="x")
    assert Adjustment.objects.count() == 1
    assert accounts.available(customer=world.otieno) == 5_500


def test_what_is_refused_stands_beside_its_field(world: World, owner: Client) -> None:
    portal.pays(world.otieno, 7_500)
    place = f"{BASE}{world.otieno.pk}/refund/"
    assert "Only KES 75.00 is in the wallet." in send(owner, place, amount="80", method="cash", reason="x")
    assert "Give the reference" in send(owner, place, amount="1", method="bank", reason="x")
    response = owner.post(place, {"amount": "1", "method": "cash"})
    assert response.status_code == 400
    assert response.context["form"].errors["reason"]
    assert not Adjustment.objects.exists()


def test_with_nothing_there_nothing_is_offered(world: World, owner: Client) -> None:
    for path in ("refund/", "write-off/", "debt/write-off/"):
        asked = words(owner, f"{BASE}{world.otieno.pk}/{path}")
        assert "KES 0.00 is" in asked
        assert '<button class="btn primary' not in asked
        assert 'name="amount"' not in asked


def test_deleting_permanently_leads_there_and_back(world: World, owner: Client) -> None:
    portal.pays(world.otieno, 7_500)
    removals.delete(customer=world.otieno, by=None)
    erasure = f"{BASE}{world.otieno.pk}/erasure/"
    asked = words(owner, erasure)
    for place in ("refund", "write-off"):
        assert f"{BASE}{world.otieno.pk}/{place}/?for=erasure" in asked
    assert "A deleted customer buys and pays nothing: for that, undelete them first." in asked

    back = send(owner, f"{BASE}{world.otieno.pk}/write-off/?for=erasure", amount="75", reason="Nobody came")

    assert "KES 75.00 is written off." in back
    assert "Delete Otieno Ouma permanently?" in back
    assert "Nothing can be deleted permanently yet." not in back


def test_a_debt(world: World, owner: Client) -> None:
    john = in_debt(world)
    assert f"{BASE}{john.pk}/debt/write-off/" in words(owner, f"{BASE}{john.pk}/")
    assert f"{BASE}{john.pk}/debt/write-off/?for=erasure" in words(owner, f"{BASE}{john.pk}/erasure/")

    told = send(owner, f"{BASE}{john.pk}/debt/write-off/", amount="2500", reason="Fire")

    assert "KES 2,500.00 is written off." in told
    assert "Debt of KES 2,500.00 written off: Fire" in told
    assert "Debt written off" in told
    assert accounts.owed(customer=john) == 0


def test_only_who_may_is_led_there(world: World) -> None:
    portal.pays(world.otieno, 7_500)
    for role, may in (("admin", True), ("operator", False), ("cashier", False), ("support", False)):
        client = console.client_of(world.staff[role])
        assert ("/refund/" in words(client, f"{BASE}{world.otieno.pk}/")) is may


def test_money_that_came_for_nobody_is_given_back(world: World, owner: Client) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, world.otieno, gateway)
    payment = billing.payment_of(purchase)
    payment.state = "failed"
    payment.save(update_fields=["state"])
    gone = erasures.erase(customer=world.otieno, account_number="BN-100001", by=None)
    receipts.receive(payment=payment, receipt_code="PM1", amount_minor=5_000)
    hub = f"{BASE}{gone.pk}/"
    assert f"{hub}refund/" in words(owner, hub)

    send(owner, f"{hub}refund/", amount="50", method="mobile", reference="QJK", reason="Sent back")

    assert "came after that" not in words(owner, hub)


def test_the_portal_names_what_was_given_back_and_not_why(world: World, owner: Client) -> None:
    portal.pays(world.otieno, 7_500)
    send(owner, f"{BASE}{world.otieno.pk}/refund/", amount="50", method="bank", reference="FP77", reason="Shouted")
    text = words(portal.client_of(world.otieno), f"{portal.BASE}history/?view=payments")
    assert "Given back and written off" in text
    for told in ("Refund", "bank", "FP77", "KES 50.00"):
        assert told in text
    assert "Shouted" not in text
