"""*Add Payment* chooses what is due, says what the sum will do, and leaves nobody off without saying so."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from headend.access import subscriptions
from headend.access.models import Subscription
from headend.billing import receipts, signups
from headend.billing.models import Payment
from headend.billing.signups import Charge, Package
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import clock
from tests.kit import billing, console
from tests.kit.console import words
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["cashier"])


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert billing.wrong() == {}


def place(customer: Customer) -> str:
    return f"{BASE}customers/{customer.pk}/payments/add/"


def give(customer: Customer, amount_minor: int, key: str = "given") -> None:
    receipts.take(customer=customer, method="cash", amount_minor=amount_minor, key=key, by=None)


def owe(world: World) -> Subscription:
    """A shop of Otieno's that is not paid yet."""
    bought = signups.add_package(
        customer=world.otieno,
        package=Package(world.home_10m, "otieno.shop", "shop-secret"),
        charge=Charge(),
        activate=True,
        key="shop",
        by=None,
    )
    return Subscription.objects.get(pk=bought.subscription_id)


def expire(subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(expires_at=clock.now() - timedelta(days=1))


def chosen(page: str) -> tuple[str, str]:
    """The purpose that is marked, and the sum that is filled in."""
    purposes = re.findall(r'<input type="radio" name="subscription" value="(\d*)"([^>]*)>', page)
    amount = re.search(r'name="amount"[^>]*?value="([^"]*)"|name="amount" value="([^"]*)"', page)
    return next((value for value, rest in purposes if "checked" in rest), "?"), (
        (amount[1] or amount[2]) if amount else ""
    )


def says(client: Client, customer: Customer, **values: Any) -> str:
    response = client.post(place(customer), {"method": "cash", "preview": "1", **values})
    assert response.status_code == 200
    return words(response)


def take(client: Client, customer: Customer, **values: Any) -> str:
    return words(client.post(place(customer), {"method": "cash", **values}, follow=True))


# What is due


def test_the_renewal_is_chosen_with_its_sum_and_the_amount_has_the_focus(world: World, client: Client) -> None:
    page = client.get(place(world.otieno)).content.decode()
    assert chosen(page) == (str(world.otieno_home.pk), "2500.00")
    assert re.search(r'<input type="text" name="amount"[^>]* autofocus', page)
    assert "Home 10M is renewed for" in page


def test_what_is_owed_comes_first(world: World, client: Client) -> None:
    owe(world)
    page = client.get(place(world.otieno)).content.decode()
    assert chosen(page) == ("", "2500.00")
    assert "Pay what is owed" in page


def test_of_several_the_one_that_is_off_is_chosen(world: World, client: Client) -> None:
    shop = owe(world)
    give(world.otieno, 250_000)
    assert chosen(client.get(place(world.otieno)).content.decode())[0] == str(world.otieno_home.pk)
    expire(shop)
    assert chosen(client.get(place(world.otieno)).content.decode())[0] == str(shop.pk)
    draft = subscriptions.create(customer=world.otieno, plan=world.home_10m, username="third", by=None)
    assert chosen(client.get(place(world.otieno)).content.decode())[0] == str(draft.pk)


def test_what_is_in_the_wallet_pays_a_part(world: World, client: Client) -> None:
    give(world.otieno, 100_000)
    page = client.get(place(world.otieno)).content.decode()
    assert chosen(page) == (str(world.otieno_home.pk), "1500.00")
    assert "Nothing is left over." in page


def test_where_the_wallet_is_enough_no_money_is_proposed_and_the_page_leads_to_renewing(
    world: World, client: Client
) -> None:
    give(world.otieno, 250_000)
    response = client.get(place(world.otieno))
    assert chosen(response.content.decode()) == ("", "")
    assert "The wallet is enough for Home 10M." in words(response)
    assert "Renew it from the wallet" in words(response)
    assert f'href="{BASE}subscriptions/{world.otieno_home.pk}/renewal/"' in response.content.decode()
    # Who brings money all the same chooses what it is for.
    assert "Home 10M is renewed for" in says(client, world.otieno, amount="10", subscription=world.otieno_home.pk)


def test_to_who_may_not_buy_no_renewal_is_proposed(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    assert chosen(client.get(place(world.otieno)).content.decode()) == ("", "")


# What will happen


def test_it_says_what_the_sum_does_and_what_is_left_over(world: World, client: Client) -> None:
    home = str(world.otieno_home.pk)
    text = says(client, world.otieno, amount="3,000", subscription=home)
    assert "Home 10M is renewed for KES 2,500.00, to" in text
    assert "KES 500.00 stays in the wallet." in text
    text = says(client, world.otieno, amount="1000", subscription=home)
    assert "Home 10M is not renewed: KES 1,500.00 is missing. The money waits in the wallet for the rest." in text
    assert "KES 1,000.00 stays in the wallet." in text
    for nothing in ("", " ", "0"):
        assert "Type an amount: what it does stands here." in says(client, world.otieno, amount=nothing)
    for typed in ("x", "-5"):
        assert "This is not an amount of KES." in says(client, world.otieno, amount=typed)
    assert "2.500 can be read in two ways. Type 2500 or 2.50." in says(client, world.otieno, amount="2.500")
    # Nothing was taken by asking.
    assert not Payment.objects.exists()


def test_it_says_what_becomes_of_a_debt(world: World, client: Client) -> None:
    owe(world)
    suspensions.suspend(customer=world.otieno, kind="overdue", by=None)
    text = says(client, world.otieno, amount="1000")
    assert "KES 1,000.00 pay what is owed." in text
    assert "KES 1,500.00 is still owed." in text
    assert "lifted" not in text
    text = says(client, world.otieno, amount="5000", subscription=str(world.otieno_home.pk))
    for sentence in (
        "KES 2,500.00 pay what is owed.",
        "The suspension (overdue) is lifted.",
        "Home 10M is renewed for KES 2,500.00, to",
        "Nothing is left over.",
    ):
        assert sentence in text


def test_what_is_left_over_is_told_once_it_is_taken(world: World, client: Client) -> None:
    text = take(client, world.otieno, amount="3000", subscription=str(world.otieno_home.pk))
    assert "KES 3,000.00 of Otieno Ouma is received. Home 10M is renewed. KES 500.00 is in the wallet." in text


def test_without_script_a_button_works_it_out(world: World, client: Client) -> None:
    page = client.get(place(world.otieno)).content.decode()
    assert '<noscript><button class="btn" name="generate" value="sum" formnovalidate>' in page
    sent = {"method": "bank", "reference": "FT1", "amount": "2600", "subscription": world.otieno_home.pk}
    response = client.post(place(world.otieno), {**sent, "generate": "sum"})
    text = words(response)
    assert response.status_code == 200
    assert "KES 100.00 stays in the wallet." in text
    assert chosen(response.content.decode()) == (str(world.otieno_home.pk), "2600")
    assert 'value="FT1"' in text
    assert not Payment.objects.exists()


# Who stays off


def test_who_is_off_and_stays_so_is_told_before_and_after(world: World, client: Client) -> None:
    expire(world.otieno_home)
    said = "Home 10M stays off: it ended yesterday"
    assert said in says(client, world.otieno, amount="2500")

    assert said in take(client, world.otieno, amount="2500")

    # From there the renewal is paid by the wallet, or by a payment for it.
    text = take(client, world.otieno, amount="100", subscription=world.otieno_home.pk)
    assert "Home 10M is renewed." in text
    assert "stays off" not in text
    assert accounts.available(customer=world.otieno) == 10_000


def test_paying_a_debt_says_which_package_is_off_still(world: World, client: Client) -> None:
    shop = owe(world)
    expire(shop)
    assert "Home 10M stays off: it ended yesterday" in take(client, world.otieno, amount="2500")
    assert "Home 10M is not active yet, and stays so." not in words(client.get(f"{BASE}customers/{world.otieno.pk}/"))


def test_a_package_that_never_began_is_told_too(world: World, client: Client) -> None:
    subscriptions.create(customer=world.otieno, plan=world.home_10m, username="second", by=None)
    assert "Home 10M is not active yet, and stays so." in take(client, world.otieno, amount="50")


def test_several_packages_all_stand_under_has(world: World, client: Client) -> None:
    signups.add_package(
        customer=world.otieno,
        package=Package(world.day_pass, "otieno.phone", "phone-secret"),
        charge=Charge(),
        activate=True,
        key="phone",
        by=None,
    )
    shop = owe(world)
    expire(shop)
    text = words(client.get(f"{BASE}customers/{world.otieno.pk}/"))
    has = text.split("Has</h2>")[1].split("</section>")[0]
    assert has.count("Home 10M") == 2
    assert "Day pass" in has
    assert "0 B of 2.0 GB" in has
    assert "Expired" in has
