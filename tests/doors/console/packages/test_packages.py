"""*Add package*: it asks how it is paid, says what will happen, and gives nothing free to who may not give."""

from typing import Any

import pytest
from django.test import Client

from headend.access.models import Subscription
from headend.billing import receipts
from headend.billing.models import Payment, Purchase
from headend.customers import suspensions
from headend.ledger import accounts
from headend.ledger.models import Entry
from tests.kit import billing, console
from tests.kit.console import words
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CUSTOMERS = "/baobab/console/customers/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert billing.wrong() == {}


def place(world: World) -> str:
    return f"{CUSTOMERS}{world.otieno.pk}/subscriptions/add/"


def form(world: World, **more: Any) -> dict[str, Any]:
    package = {"connection_type": "pppoe", "plan": world.home_10m.pk, "username": "otieno.shop"}
    return {**package, "password": "shop-secret", "method": "cash", "activate": "yes", **more}


def give(world: World, amount_minor: int) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=amount_minor, key="given", by=None)


def outcome(world: World, client: Client, **more: Any) -> str:
    response = client.post(place(world), form(world, preview="1", **more))
    assert response.status_code == 200
    assert not Purchase.objects.exists()
    return words(response)


def test_a_month_is_not_free_at_a_press(world: World, client: Client) -> None:
    page = words(client.get(place(world)))
    for way in ("Cash", "Mobile money", "Bank", "Cheque", "From the balance", "Not paid yet"):
        assert way in page
    assert 'value="free"' not in page
    assert "What will happen" in page

    text = words(client.post(place(world), form(world), follow=True))

    assert "Home 10M is added. KES 2,500.00 is received: cash." in text
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.method) == (250_000, "cash")
    assert payment.taken_by == world.staff["operator"].staff
    assert accounts.balance(customer=world.otieno) == 0


def test_a_reference_is_asked_for(world: World, client: Client) -> None:
    response = client.post(place(world), form(world, method="mobile"))
    assert response.status_code == 400
    assert "Give the reference: only cash has none." in words(response)
    assert client.post(place(world), form(world, method="mobile", reference="QJK4R81XQ2")).status_code == 302
    assert Payment.objects.get().receipt_code == "QJK4R81XQ2"


def test_from_the_balance(world: World, client: Client) -> None:
    give(world, 300_000)
    assert "KES 3,000.00 in it" in words(client.get(place(world)))
    said = outcome(world, client, method="balance")
    assert "From the balance" in said
    assert "KES 500.00 stays in the wallet." in said

    text = words(client.post(place(world), form(world, method="balance"), follow=True))

    assert "Home 10M is added. KES 2,500.00 is paid from the balance." in text
    assert "Home 10M added: KES 2,500.00, from the balance" in text
    assert accounts.standing(customer=world.otieno) == (50_000, 0)


def test_a_balance_that_is_short_says_so_and_adds_nothing(world: World, client: Client) -> None:
    give(world, 5_000)
    said = "Insufficient balance to assign this plan. Available balance: 50, required: 2500"
    assert said in outcome(world, client, method="balance")

    response = client.post(place(world), form(world, method="balance"))

    assert response.status_code == 400
    assert response.context["package"].errors["method"] == [said]
    assert Subscription.objects.filter(customer=world.otieno).count() == 1
    assert accounts.available(customer=world.otieno) == 5_000


def test_on_account(world: World, client: Client) -> None:
    give(world, 100_000)
    said = outcome(world, client, method="owed")
    assert "Owed, to be paid later" in said
    assert "KES 1,000.00 of it is paid from the wallet at once; KES 0.00 stays in it." in said

    text = words(client.post(place(world), form(world, method="owed"), follow=True))

    assert "Home 10M is added. KES 1,500.00 is owed." in text
    assert "KES 1,500.00 owed" in text
    assert accounts.standing(customer=world.otieno) == (0, 150_000)


def test_free_is_for_who_may_give(world: World, client: Client) -> None:
    for more in ({"method": "free"}, {"charge_custom": "on", "custom_amount": "0"}):
        assert client.post(place(world), form(world, **more)).status_code == 400
    assert Subscription.objects.filter(customer=world.otieno).count() == 1
    admin = console.client_of(world.staff["admin"])
    said = outcome(world, admin, method="free", charge_custom="on", custom_amount="7")
    assert "Given free" in said
    # What is given is worth its price.
    assert "KES 2,500.00" in said

    text = words(admin.post(place(world), form(world, method="free"), follow=True))

    assert "Home 10M is added. It is given free." in text
    assert "Home 10M added: KES 2,500.00, given free" in text
    assert "Given free: Home 10M" in text
    assert '<span class="sub">free</span>' in text
    assert Entry.objects.filter(kind="promotion").count() == 1
    assert accounts.balance(customer=world.otieno) == 0


def test_renewing_without_payment_is_for_who_may_give(world: World, client: Client) -> None:
    activation = f"/baobab/console/subscriptions/{world.otieno_home.pk}/activation/"
    assert client.post(activation).status_code == 403
    admin = console.client_of(world.staff["admin"])
    assert "Its price, KES 2,500.00, stands in the ledger as given free." in words(admin.get(activation))

    text = words(admin.post(activation, follow=True))

    assert "Home 10M is renewed." in text
    assert "Home 10M given free, worth KES 2,500.00" in text
    assert Entry.objects.get(kind="promotion").amount_minor == 250_000


def test_the_side_buttons_keep_what_was_typed(world: World, client: Client) -> None:
    response = client.post(place(world), form(world, generate="username", method="owed", username=""))
    page = words(response)
    assert 'name="username" value="otieno.ouma"' in page
    assert response.context["package"]["method"].value() == "owed"
    assert "Owed, to be paid later" in page
    assert "Owed, to be paid later" in words(client.post(place(world), form(world, generate="sum", method="owed")))


def test_nothing_is_offered_to_who_may_not_buy(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    page = words(client.get(place(world)))
    assert "No package can be added now." in page
    assert 'name="plan"' not in page
    assert client.post(place(world), form(world)).status_code == 400
    assert not Payment.objects.exists()
