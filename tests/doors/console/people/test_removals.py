"""Deleting and undeleting a customer in the console, and what is sent to one."""

import pytest
from django.test import Client

from headend.access import facts, subscriptions
from headend.access.authorize import Refusal, decide
from headend.billing import purchases, receipts
from headend.customers import customers, suspensions
from headend.ledger import accounts
from headend.messaging.models import Message
from tests.doors.console.people.test_customers import BASE, page, refused_code
from tests.kit import console, portal
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def test_deleting_and_undeleting(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/deletion/"
    assert client.post(url).status_code == 403
    owner = console.client_of(world.staff["owner"])
    assert "Delete Otieno Ouma?" in page(owner, url)
    owner.post(url)
    assert refused_code(world) == "customer_deleted"
    assert "Otieno Ouma</a>" not in page(owner, BASE)
    assert "Otieno Ouma</a>" in page(owner, f"{BASE}?view=deleted")
    owner.post(f"{url}lift/")
    assert refused_code(world) == ""


def test_deleting_says_what_is_left_and_offers_to_disable_instead(world: World) -> None:
    owner = console.client_of(world.staff["owner"])
    url = f"{BASE}{world.otieno.pk}/deletion/"
    plain = console.words(owner.get(url))
    assert "connected just now" not in plain
    assert "in the wallet" not in plain
    assert "Disable instead" in plain

    receipts.take(customer=world.otieno, method="cash", amount_minor=7_500, key="c", by=None)
    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="v", by=None)
    console.make_session(world)
    text = console.words(owner.get(url))
    assert "They are connected just now." in text
    assert "KES 25.00 is in the wallet, and stays there." in text
    assert "1 voucher cannot be used until they are undeleted; its time runs on." in text

    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    assert "Disable instead" not in console.words(owner.get(url))


def test_a_voucher_is_refused_while_its_owner_is_deleted_and_works_again(world: World) -> None:
    owner = console.client_of(world.staff["owner"])
    receipts.take(customer=world.otieno, method="cash", amount_minor=7_500, key="c", by=None)
    bought = purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="v", by=None)
    assert bought.voucher is not None
    url = f"{BASE}{world.otieno.pk}/deletion/"

    def code() -> str:
        assert bought.voucher is not None
        verdict = decide(facts.for_name(world.organization, bought.voucher.code))
        return verdict.code if isinstance(verdict, Refusal) else ""

    assert code() == ""
    owner.post(url)
    assert code() == "customer_deleted"
    text = console.words(owner.get(f"{BASE}{world.otieno.pk}/"))
    assert "Undelete" in text
    assert bought.voucher.code in text
    for place in ("Add Payment", "Buy Voucher", "Add package", "Send Payment Details"):
        assert place not in text
    assert accounts.balance(customer=world.otieno) == 2_500
    owner.post(f"{url}lift/")
    assert code() == ""


def test_who_comes_back_is_told_who_has_the_phone_now(world: World) -> None:
    owner = console.client_of(world.staff["owner"])
    url = f"{BASE}{world.otieno.pk}/deletion/"
    owner.post(url)
    heir = customers.register(organization=world.organization, by=None, first_name="<Heir>", phone="0712345678")
    text = page(owner, owner.post(f"{url}lift/")["Location"])
    assert f'Otieno Ouma is back. The phone is empty: <a href="{BASE}{heir.pk}/">&lt;Heir&gt;</a> has it now.' in text
    assert "Taken by others meanwhile, and empty now: phone" in text


def test_who_comes_back_is_told_what_packages_lack_and_can_be_given_it_anew(world: World) -> None:
    owner, grace = console.client_of(world.staff["owner"]), world.customers["grace"]
    own, url = f"{BASE}{world.otieno.pk}/", f"{BASE}{world.otieno.pk}/deletion/"
    owner.post(url)
    taken = subscriptions.create(customer=grace, plan=world.home_10m, username="otieno", by=None)
    assert "Somebody else was given it" in page(owner, own)
    text = page(owner, owner.post(f"{url}lift/")["Location"])
    who = f'<a href="{BASE}{grace.pk}/">Grace Wanjiru Mwangi</a>'
    assert f"Otieno Ouma is back. The username otieno of Home 10M is empty: {who} has it now." in text
    assert "Taken by others meanwhile, and empty now: router’s username" in text
    assert "No: the package has no username" in text
    assert "Home 10M has no username." in text

    form = f"/baobab/console/subscriptions/{world.otieno_home.pk}/completion/"
    assert form in text
    assert 'value="otieno.ouma"' in page(owner, form)
    assert "Username already exists" in owner.post(form, {"username": "Otieno"}).content.decode()
    done = owner.post(form, {"username": "otieno.ouma", "password": "ndovu-kubwa", "framed_address": "10.0.3.7"})
    assert done["Location"] == f"{own}#packages"
    text = page(owner, own)
    assert "Home 10M has a username or an address again" in text
    assert "10.0.3.7" in text
    assert "has no username" not in text
    # Nothing is lacking any more; of Grace's package only the address is.
    assert owner.get(form)["Location"] == own
    text = page(owner, f"/baobab/console/subscriptions/{taken.pk}/completion/")
    assert 'name="framed_address"' in text
    assert 'name="username"' not in text


def test_payment_details_are_sent(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/details/"
    assert "No carrier of SMS is set up" in page(client, url)
    portal.add_carrier(world.organization)
    assert "An SMS to 0712 345678, with the account number and how to pay." in page(client, url)
    response = client.post(url, {"with_logins": "on"})
    text = page(client, response["Location"])
    assert "The payment details are on their way to Otieno Ouma." in text
    assert "Payment details sent, with username and password" in text
    assert "Username otieno, password ••••." in text
    assert "radius-pass-1" in portal.body(Message.objects.get())


def test_who_may_not_reveal_a_password_sends_none(world: World) -> None:
    portal.add_carrier(world.organization)
    support = console.client_of(world.staff["support"])
    url = f"{BASE}{world.otieno.pk}/details/"
    assert "with_logins" not in page(support, url)
    support.post(url, {"with_logins": "on"})
    assert "otieno" not in portal.body(Message.objects.get())


def test_without_a_phone_nothing_is_sent(world: World, client: Client) -> None:
    nobody = customers.register(organization=world.organization, by=None, first_name="Nobody")
    portal.add_carrier(world.organization)
    text = page(client, f"{BASE}{nobody.pk}/details/")
    assert "This customer has no mobile number: add one first." in text
    assert ">Send<" not in text.replace("\n", "")
