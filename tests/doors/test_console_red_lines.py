"""What stays red until somebody acts: purchases that were paid and could not be carried out."""

import pytest
from django.test import Client

from headend.access import plans
from headend.access.models import Voucher
from headend.access.rules import Code
from headend.billing import purchases, receipts
from headend.billing.models import Purchase
from headend.ledger import accounts
from headend.system.models import Event
from tests import billing, console
from tests.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["cashier"])


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    """Whatever a page does with money, the audit is clean after it."""
    yield
    assert billing.wrong() == {}


def page(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def hub(world: World, client: Client) -> str:
    return page(client, f"customers/{world.otieno.pk}/")


def give(world: World, amount_minor: int) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=amount_minor, key="given", by=None)


def balance(world: World) -> int:
    return accounts.balance(customer=world.otieno)


def test_a_red_line_says_what_happened(world: World, client: Client) -> None:
    purchase = console.unfulfilled(world)
    for text in (page(client, ""), hub(world, client), page(client, f"payments/{billing.payment_of(purchase).pk}/")):
        assert "Otieno Ouma paid for Day pass and did not get it." in text
        assert "“Day pass” is no longer sold." in text
        assert "KES 50.00 are in the wallet." in text
        assert f'action="{BASE}purchases/{purchase.pk}/fulfilment/"' in text
    assert "did not get it" not in page(client, f"customers/{world.customers['grace'].pk}/")
    seen = page(console.client_of(world.staff["support"]), "")
    assert "did not get it" in seen
    assert "/fulfilment/" not in seen


@pytest.mark.parametrize("code", [*Code, "insufficient_balance", "customer_may_not_buy", "fulfilment_failed", "odd"])
def test_every_reason_can_be_said(world: World, client: Client, code: str) -> None:
    purchase = console.unfulfilled(world)
    Purchase.objects.filter(pk=purchase.pk).update(unfulfilled_code=code)
    notice = page(client, "").split("did not get it.</strong>")[1].split("<br>")[0].strip()
    assert notice
    assert "%(" not in notice


def test_try_again(world: World, client: Client) -> None:
    purchase = console.unfulfilled(world)
    place = f"{BASE}purchases/{purchase.pk}/fulfilment/"
    response = client.post(place, follow=True)
    assert "Otieno Ouma has Day pass now." in console.words(response)
    assert "did not get it" not in console.words(response)
    assert (Voucher.objects.count(), balance(world)) == (1, 0)
    # A second press gives nothing more.
    assert client.post(place).status_code == 302
    assert Voucher.objects.count() == 1
    assert Event.objects.get(kind="purchase.fulfilled").staff == world.staff["cashier"].staff


def test_try_again_is_refused_in_words(world: World, client: Client) -> None:
    purchase = console.unfulfilled(world)
    plans.retire(plan=world.day_pass, by=None)
    response = client.post(f"{BASE}purchases/{purchase.pk}/fulfilment/")
    assert response.status_code == 400
    assert "“Day pass” is no longer sold." in str(response.context["form"].errors)
    assert balance(world) == 5_000


def test_leave_in_the_wallet(world: World, client: Client) -> None:
    purchase = console.unfulfilled(world)
    place = f"purchases/{purchase.pk}/closing/"
    assert "Leave the money of Otieno Ouma in the wallet?" in page(client, place)

    for _ in range(2):
        assert client.post(f"{BASE}{place}").status_code == 302

    text = hub(world, client)
    assert "did not get it" not in text
    assert "Day pass is not given any more, the money stays in the wallet, by Cashier of Baobab Net" in text
    assert Event.objects.filter(kind="purchase.closed").count() == 1
    assert balance(world) == 5_000
    # Who still has the old page open does not spend what was left.
    response = client.post(f"{BASE}purchases/{purchase.pk}/fulfilment/")
    assert response.status_code == 400
    assert balance(world) == 5_000


def test_what_was_not_paid_is_not_carried_out(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    waiting = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=billing.PHONE, key="waits"
    )
    give(world, 5_000)
    for noun in ("fulfilment", "closing"):
        assert client.post(f"{BASE}purchases/{waiting.pk}/{noun}/").status_code == 404
    assert balance(world) == 5_000


def test_the_dashboard_shows_the_oldest_and_counts_the_rest(world: World, client: Client) -> None:
    for number in range(8):
        console.unfulfilled(world, number)
    response = client.get(BASE)
    assert len(response.context["red_lines"].unfulfilled) == 5
    assert response.context["red_lines"].more == 3
    text = console.words(response)
    assert "3 more wait for somebody" in text
    # The rail says how many wait, on every page.
    assert 'Payments<span class="n">8</span>' in text
