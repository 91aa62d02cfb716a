"""What stays red until somebody acts: purchases that were paid and could not be carried out."""

import pytest
from django.test import Client

from headend.access import plans
from headend.access.models import Voucher
from headend.access.rules import Code
from headend.billing import purchases, receipts, signups
from headend.billing.models import Purchase
from headend.billing.signups import Charge, Package
from headend.customers import suspensions
from headend.desk import removals
from headend.ledger import accounts
from headend.messaging import codes
from headend.system.models import Event
from tests.kit import billing, console, portal
from tests.kit.world import World

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
        assert "KES 50.00 is in the wallet." in text
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


# What mends it


def short(world: World) -> Purchase:
    """Otieno paid 20 of 50 for a *Day pass*."""
    gateway = billing.practice(world.organization)
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=billing.PHONE, key="short"
    )
    billing.pays(purchase, amount_minor=2_000)
    purchase.refresh_from_db()
    return purchase


def buttons(world: World, role: str = "owner") -> str:
    """What the red line of Otieno's page offers."""
    text = hub(world, console.client_of(world.staff[role]))
    return text.split("did not get it.")[1].split("Leave in the wallet")[0]


def test_money_that_is_missing_is_asked_for(world: World, client: Client) -> None:
    short(world)
    place = f"{BASE}customers/{world.otieno.pk}/payments/add/?amount=30.00"
    assert f'href="{place}"' in buttons(world, "cashier")
    assert "Try again" not in buttons(world, "cashier")
    form = client.get(place).context["form"]
    assert form["amount"].value() == "30.00"

    client.post(place, {"amount": "30", "method": "cash"})

    # What was short is carried out with it.
    assert "did not get it" not in hub(world, client)
    assert (Voucher.objects.count(), balance(world)) == (1, 0)


def test_money_that_is_there_by_now_is_tried(world: World) -> None:
    purchase = short(world)
    Purchase.objects.filter(pk=purchase.pk).update(by_guest=True)
    give(world, 3_000)
    assert f'action="{BASE}purchases/{purchase.pk}/fulfilment/"' in buttons(world)


@pytest.mark.parametrize("kind", ["disabled", "abuse"])
def test_what_keeps_the_customer_from_buying_is_lifted_first(world: World, kind: str) -> None:
    purchase = console.unfulfilled(world)
    Purchase.objects.filter(pk=purchase.pk).update(unfulfilled_code="customer_may_not_buy")
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    suspensions.lift(customer=world.otieno, kind="hold", by=None)
    suspensions.suspend(customer=world.otieno, kind=kind, by=None)
    lift = f"{BASE}customers/{world.otieno.pk}/suspension/{kind}/lift/"
    assert f'action="{lift}"' in buttons(world)
    assert "Try again" not in buttons(world)
    # A cashier cannot lift it, and is not offered what would be refused.
    assert "<button" not in buttons(world, "cashier")

    console.client_of(world.staff["operator"]).post(lift, {"reason": "Sorted out"})

    assert f'action="{BASE}purchases/{purchase.pk}/fulfilment/"' in buttons(world)


def test_a_halted_group_and_a_deleted_customer(world: World) -> None:
    purchase = console.unfulfilled(world)
    Purchase.objects.filter(pk=purchase.pk).update(unfulfilled_code="customer_may_not_buy")
    suspensions.suspend(group=world.default_group, kind="disabled", by=None)
    assert f'href="{BASE}groups/{world.default_group.pk}/suspension/disabled/lift/"' in buttons(world)
    removals.delete(customer=world.otieno, by=None)
    assert f'action="{BASE}customers/{world.otieno.pk}/deletion/lift/"' in buttons(world)


def test_a_plan_that_is_not_sold_is_shown(world: World) -> None:
    console.unfulfilled(world)
    plans.retire(plan=world.day_pass, by=None)
    assert f'href="{BASE}plans/{world.day_pass.pk}/"' in buttons(world)
    assert "Try again" not in buttons(world)


def test_what_has_ended_can_only_be_left(world: World) -> None:
    purchase = console.unfulfilled(world)
    Purchase.objects.filter(pk=purchase.pk).update(unfulfilled_code="subscription_ended")
    assert "<button" not in buttons(world)


# What a phone is being asked


def test_a_phone_that_is_asked_already_is_told_before_cash_is_taken(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    waiting = purchases.start(
        customer=world.otieno,
        subscription=world.otieno_home,
        gateway=gateway,
        phone=billing.PHONE,
        key="asked",
    )
    payment = billing.payment_of(waiting)
    said = "0712 345678 is asked to pay KES 2,500.00 for Home 10M."
    form = page(client, f"customers/{world.otieno.pk}/payments/add/")
    assert said in form
    assert "comes on top, and stays in the wallet" in form
    assert f'href="{BASE}payments/{payment.pk}/"' in form
    assert said in hub(world, client)
    assert "is asked to pay" not in page(client, f"customers/{world.customers['neema'].pk}/payments/add/")

    billing.pays(waiting)

    assert "is asked to pay" not in page(client, f"customers/{world.otieno.pk}/payments/add/")
    assert "is asked to pay" not in hub(world, client)


def test_codes_that_are_held_back_are_told(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.add_carrier(world.organization)
    assert "held back" not in page(client, "")
    monkeypatch.setattr(codes, "SENT_TO_RANGE", 1)
    codes.send(organization=world.organization, purpose="portal_password", phone="+254712345678")
    text = page(client, "")
    assert "Codes by SMS were held back" in text
    assert "1 code in an hour to numbers that begin with +25471234" in text
    history = page(console.client_of(world.staff["owner"]), "events/?about=staff")
    assert "Codes by SMS held back: 1 was sent in an hour to numbers that begin with +25471234" in history


def test_money_that_is_left_in_the_wallet_pays_a_debt_first(world: World, client: Client) -> None:
    purchase = console.unfulfilled(world)
    signups.add_package(
        customer=world.otieno,
        package=Package(world.home_10m, "otieno.shop", "shop-secret"),
        charge=Charge(),
        activate=True,
        key="shop",
        by=None,
    )
    place = f"purchases/{purchase.pk}/closing/"
    assert "KES 2,500.00 is owed: that is paid with it first." in page(client, place)

    text = console.words(client.post(f"{BASE}{place}", follow=True))

    assert "The money of Otieno Ouma pays what is owed; the rest stays in the wallet." in text
    assert accounts.standing(customer=world.otieno) == (0, 245_000)
