"""Deleting a customer permanently in the console: what it says, what it asks for, and what old links show afterwards."""

import pytest
from django.test import Client

from headend.access.models import Voucher
from headend.billing import payments, purchases, receipts
from headend.billing.models import Payment
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.desk import erasures, removals
from tests.doors.console.people.test_customers import BASE
from tests.kit import billing, console, portal
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def place(world: World) -> str:
    return f"{BASE}{world.otieno.pk}/erasure/"


def erased(world: World) -> Customer:
    return erasures.erase(customer=world.otieno, account_number="BN-100001", by=world.staff["owner"].staff)


def test_it_works(world: World, owner: Client) -> None:
    portal.bought(world, world.otieno)
    asked = console.words(owner.get(place(world)))
    for text in (
        "Delete Otieno Ouma permanently?",
        "1 package ends, with what is left of its period.",
        "1 voucher that could be used becomes void.",
        "under an anonymous number in place of BN-100001.",
        "Nobody can undo this.",
    ):
        assert text in asked

    sent = owner.post(place(world), {"account_number": "bn-100001"})

    assert sent["Location"] == f"{BASE}{world.otieno.pk}/"
    told = console.words(owner.get(sent["Location"]))
    assert "Deleted permanently. What was paid and used stands under ERASED-1." in told
    assert "Owner of Baobab Net deleted this customer permanently" in told
    for gone in ("Otieno", "0712 345678", "BN-100001", "Undelete", "came after that"):
        assert gone not in told
    assert "Day pass" in console.words(owner.get(f"{BASE}{world.otieno.pk}/ledger/"))


def test_another_number_stands_beside_its_field_and_nothing_is_done(world: World, owner: Client) -> None:
    for typed in ("BN-100002", ""):
        response = owner.post(place(world), {"account_number": typed})
        assert response.status_code == 400
        assert response.context["form"].errors["account_number"]
    assert not Customer.objects.filter(erased_at__isnull=False).exists()


def test_only_the_owner_is_led_to_it(world: World, owner: Client) -> None:
    deletion = f"{BASE}{world.otieno.pk}/deletion/"
    ways = ((deletion, True), (f"{BASE}{world.otieno.pk}/", False), (f"{BASE}?view=deleted", False))
    admin = console.client_of(world.staff["admin"])
    assert place(world) in console.words(owner.get(deletion))
    removals.delete(customer=world.otieno, by=None)

    for address, _ in ways:
        assert place(world) in console.words(owner.get(address))
        assert place(world) not in console.words(admin.get(address))
    assert admin.get(place(world)).status_code == 403


def test_a_balance_stands_in_the_way_and_leads_to_where_it_is_spent(world: World, owner: Client) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=7_500, key="c", by=None)
    text = console.words(owner.get(place(world)))
    assert "Nothing can be deleted permanently yet." in text
    assert "KES 75.00 of theirs is in the wallet." in text
    assert f"{BASE}{world.otieno.pk}/vouchers/add/" in text
    assert "account_number" not in text

    removals.delete(customer=world.otieno, by=None)
    text = console.words(owner.get(place(world)))
    assert f"{BASE}{world.otieno.pk}/deletion/lift/" in text
    assert "vouchers/add/" not in text
    # Whoever had the page open before reads it as well.
    refused = owner.post(place(world), {"account_number": "BN-100001"})
    assert refused.status_code == 400
    assert "KES 75.00 of theirs is in the wallet." in console.words(refused)


def test_a_payment_under_way_leads_to_it(world: World, owner: Client) -> None:
    payment = billing.payment_of(portal.asked(world, world.otieno, billing.practice(world.organization)))
    text = console.words(owner.get(place(world)))
    assert "A payment of KES 50.00 is under way" in text
    assert f"/baobab/console/payments/{payment.pk}/" in text


def test_old_links_say_what_happened_or_lead_nowhere(world: World, owner: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", reason="x", by=None)
    erased(world)
    here = f"{BASE}{world.otieno.pk}/"

    assert owner.get(place(world))["Location"] == here
    assert owner.post(place(world), {"account_number": "BN-100001"})["Location"] == here
    lift = owner.post(f"{here}deletion/lift/")
    assert lift.status_code == 400
    assert "This customer was deleted permanently: nothing can be changed any more." in console.words(lift)
    for rest in ("edit/", "payments/add/", "suspension/", "password/", "details/", "subscriptions/add/", "deletion/"):
        assert owner.get(here + rest).status_code == 404, rest
    assert owner.get(f"{here}vouchers/").status_code == 200
    assert "ERASED-1" not in console.words(owner.get(f"{BASE}?view=deleted"))
    assert "Deleted permanently, now ERASED-1" in console.words(owner.get("/baobab/console/events/"))


def test_pages_of_what_is_kept_open_still(world: World, owner: Client) -> None:
    purchase = portal.bought(world, world.otieno)
    _, session = console.make_session(world)
    payment, voucher = Payment.objects.get(), Voucher.objects.get(pk=purchase.voucher_id or 0)
    erased(world)

    for address in (
        f"payments/{payment.pk}/",
        f"vouchers/{voucher.pk}/",
        f"sessions/{session.pk}/",
        "sessions/",
        "payments/",
    ):
        response = owner.get(f"/baobab/console/{address}")
        assert response.status_code == 200, address
        assert "ERASED-1" in console.words(response), address
    shown = console.words(owner.get(f"/baobab/console/vouchers/{voucher.pk}/"))
    assert "No: its customer was deleted permanently." in shown
    assert owner.post(f"/baobab/console/vouchers/{voucher.pk}/secret/").status_code == 403


def test_money_that_comes_later_is_seen(world: World, owner: Client) -> None:
    gateway = billing.practice(world.organization)
    payment = payments.top_up(
        customer=world.otieno, gateway=gateway, phone="0712345678", amount_minor=30_000, key="late"
    )
    bought = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=gateway, phone="0722000111", key="late too"
    )
    for each in (payment, billing.payment_of(bought)):
        payments.fail(payment=each, reason="declined")
    erased(world)
    assert "came for somebody" not in console.words(owner.get("/baobab/console/"))

    receipts.receive(payment=Payment.objects.get(pk=payment.pk), receipt_code="PM1", amount_minor=30_000)
    billing.pays(bought, "PM2")

    text = console.words(owner.get("/baobab/console/"))
    assert "KES 350.00 came for somebody who was deleted permanently" in text
    assert "ERASED-1 paid for Day pass and did not get it." in text
    # Nobody is there who could be undeleted.
    assert "deletion/lift/" not in text
    assert "KES 350.00 came after that." in console.words(owner.get(f"{BASE}{world.otieno.pk}/"))
