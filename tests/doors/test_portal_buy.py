"""Buying and renewing in the portal: from the wallet and by phone, waiting, declined, silent, not carried out."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from headend.access import plans, subscriptions, vouchers
from headend.access.models import Subscription, Voucher
from headend.billing import payments, purchases
from headend.billing.models import Payment, Purchase
from headend.billing.rules import PROMPT_OPEN_SECONDS
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.doors.portal import limits
from headend.ledger import accounts
from headend.lib import clock
from tests.kit import billing, portal
from tests.kit.portal import BASE, client_of, token
from tests.kit.world import World

pytestmark = pytest.mark.django_db

BUY = f"{BASE}buy/"
TOP_UP = f"{BASE}top-up/"
PHONE = "0768 274519"


@pytest.fixture
def neema(world: World) -> Customer:
    return world.customers["neema"]


@pytest.fixture
def client(world: World, neema: Customer) -> Client:
    return client_of(neema)


def page_of(client: Client, purchase: Purchase) -> str:
    response = client.get(f"{BASE}purchases/{purchase.uid}/")
    assert response.status_code == 200
    return str(response.content.decode())


def later() -> Any:
    return clock.at(clock.now() + timedelta(seconds=PROMPT_OPEN_SECONDS + 1))


def test_it_works(world: World, neema: Customer, client: Client) -> None:
    portal.pays(neema, 12_000)
    page = client.get(BUY).content.decode()
    for words in ("Buy Voucher", "Day pass", "KES\xa050<", "24\xa0hours, 2\xa0GB", "Wallet", "KES\xa0120.00 in it"):
        assert words in page
    assert "Home 10M" not in page

    response = portal.buy(client, plan=world.day_pass.pk, pay="wallet")

    purchase = Purchase.objects.get()
    assert response["Location"] == f"{BASE}purchases/{purchase.uid}/"
    assert (purchase.state, purchase.customer) == ("fulfilled", neema)
    assert purchase.voucher is not None
    page = page_of(client, purchase)
    for words in ("Your voucher is ready", purchase.voucher.code, vouchers.open_password(purchase.voucher), "Unused"):
        assert words in page
    assert 'data-copy="code-' in page
    assert accounts.balance(customer=neema) == 7_000
    assert billing.wrong() == {}


def test_by_phone(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    page = client.get(BUY).content.decode()
    assert f'value="{PHONE}"' in page
    assert "Practice money" in page
    # What it lacks is said, and how to fill it.
    assert re.search(r'value="wallet"[^>]* disabled>', page)
    assert 'KES 50.00 short: <a href="/baobab/portal/top-up/?amount=50">top up</a>' in page.replace("\xa0", " ")

    portal.buy(client, plan=world.day_pass.pk, pay=gateway.pk, phone="0733 900118")

    purchase = Purchase.objects.get()
    payment = billing.payment_of(purchase)
    assert (payment.phone, payment.asked_minor, payment.state) == ("+254733900118", 5_000, "pending")
    page = page_of(client, purchase)
    assert "Check your phone" in page
    assert "0733 900118" in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    waiting = f"{BASE}purchases/{purchase.uid}/waiting/?stage=waiting"
    assert f'data-poll="{waiting}"' in page
    assert client.get(waiting).status_code == 204

    billing.pays(purchase)

    assert client.get(waiting).status_code == 200
    purchase.refresh_from_db()
    assert purchase.voucher is not None
    page = page_of(client, purchase)
    assert purchase.voucher.code in page
    assert "http-equiv" not in page


def test_the_same_form_twice_buys_once(world: World, neema: Customer, client: Client) -> None:
    portal.pays(neema, 12_000)
    form = {"form_token": token(client.get(BUY).content), "plan": world.day_pass.pk, "pay": "wallet"}
    first, second = client.post(BUY, form), client.post(BUY, form)
    assert first["Location"] == second["Location"]
    assert Purchase.objects.count() == 1
    portal.buy(client, plan=world.day_pass.pk, pay="wallet")
    assert Purchase.objects.count() == 2


def test_a_token_is_of_one_customer(world: World, neema: Customer, client: Client) -> None:
    portal.pays(neema, 12_000)
    portal.pays(world.otieno, 12_000, key="desk-2")
    form = {"form_token": token(client.get(BUY).content), "plan": world.day_pass.pk, "pay": "wallet"}
    client.post(BUY, form)
    client_of(world.otieno).post(BUY, form)
    assert {purchase.customer for purchase in Purchase.objects.all()} == {neema, world.otieno}


@pytest.mark.parametrize("made_up", ["", "x" * 100, "../../1"])
def test_a_token_that_is_none_is_replaced(world: World, neema: Customer, client: Client, made_up: str) -> None:
    portal.pays(neema, 12_000)
    client.post(BUY, {"form_token": made_up, "plan": world.day_pass.pk, "pay": "wallet"})
    assert Purchase.objects.count() == 1


def test_a_plan_is_chosen_by_its_link(world: World, neema: Customer, client: Client) -> None:
    dear = plans.add(
        organization=world.organization,
        by=None,
        name="Month pass",
        connection_type="hotspot",
        price_minor=90_000,
        download_kbps=None,
        upload_kbps=None,
        validity_count=1,
        validity_unit="months",
    )
    gateway = billing.practice(world.organization)
    portal.pays(neema, 12_000)
    assert f'href="{BUY}?plan={dear.pk}"' in client.get(BASE).content.decode()
    page = client.get(f"{BUY}?plan={dear.pk}").content.decode()
    assert f'value="{dear.pk}" required checked' in page
    # The wallet is not enough for this one, and cannot be chosen.
    shut = r'value="wallet"[^>]* disabled>'
    assert re.search(shut, page)
    assert f'value="{gateway.pk}"' in page
    assert not re.search(shut, client.get(BUY).content.decode())
    assert client.get(f"{BUY}?plan=nonsense").status_code == 200

    response = portal.buy(client, plan=dear.pk, pay="wallet")
    assert response.status_code == 400
    assert "There is KES\u00a0120.00 in your wallet, and this costs KES\u00a0900.00." in response.content.decode()
    assert accounts.balance(customer=neema) == 12_000
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"plan": ""}, "plan", "Choose a plan."),
        ({"plan": "{home}"}, "plan", "This plan is no longer on sale."),
        ({"plan": "99999999999999999999999"}, "plan", "This plan is no longer on sale."),
        ({"pay": ""}, "pay", "Choose one of these."),
        ({"pay": "{theirs}"}, "pay", "Choose one of these."),
        ({"phone": ""}, "phone", "Give the phone number that is to pay."),
        ({"phone": "12"}, "phone", "is not a phone number"),
        ({"phone": "020 2345678"}, "phone", "is a landline"),
    ],
)
def test_what_is_refused(world: World, client: Client, changes: dict[str, str], field: str, words: str) -> None:
    gateway, theirs = billing.practice(world.organization), billing.practice(world.neighbour)
    ids = {"home": world.home_10m.pk, "theirs": theirs.pk}
    changed = {name: value.format(**ids) for name, value in changes.items()}

    response = portal.buy(client, **{"plan": world.day_pass.pk, "pay": gateway.pk, "phone": PHONE, **changed})

    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert words in response.content.decode()
    assert not Purchase.objects.exists()


def test_a_phone_is_asked_once_at_a_time(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    portal.buy(client, plan=world.day_pass.pk, pay=gateway.pk, phone=PHONE)
    response = portal.buy(client, plan=world.day_pass.pk, pay=gateway.pk, phone=PHONE)
    assert response.status_code == 400
    assert "This phone is being asked to pay already." in response.content.decode()


def test_nobody_has_everybodys_phone_asked(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    for number in range(limits.PROMPTS_OF_CUSTOMER):
        assert portal.buy(client, plan=world.day_pass.pk, pay=gateway.pk, phone=f"07339{number:05d}").status_code == 302
    response = portal.buy(client, plan=world.day_pass.pk, pay=gateway.pk, phone=PHONE)
    assert response.status_code == 400
    assert "very often just now" in response.content.decode()


def test_a_plan_that_is_retired_meanwhile(world: World, neema: Customer, client: Client) -> None:
    portal.pays(neema, 12_000)
    form_token = token(client.get(BUY).content)
    plans.retire(plan=world.day_pass, by=None)
    response = client.post(BUY, {"form_token": form_token, "plan": world.day_pass.pk, "pay": "wallet"})
    assert response.status_code == 400
    assert "Nothing is on sale at present." in response.content.decode()


def test_with_neither_money_nor_gateway_it_says_so(world: World, client: Client) -> None:
    page = client.get(BUY).content.decode()
    assert "Paying by phone is not set up here." in page
    assert '<button class="btn primary' not in page
    assert client.post(BUY, {"plan": world.day_pass.pk, "pay": "wallet"}).status_code == 400
    assert "Paying by phone is not set up here." in client.get(TOP_UP).content.decode()
    assert client.post(TOP_UP, {"amount": "50"}).status_code == 400


@pytest.mark.parametrize("kind", ["overdue", "abuse", "hold", "disabled"])
@pytest.mark.parametrize("whom", ["customer", "group"])
def test_whoever_is_halted_cannot_buy_but_may_pay(
    world: World, neema: Customer, client: Client, kind: str, whom: str
) -> None:
    gateway = billing.practice(world.organization)
    portal.pays(neema, 12_000)
    form_token = token(client.get(BUY).content)
    suspended: dict[str, Any] = {"customer": neema} if whom == "customer" else {"group": world.default_group}
    suspensions.suspend(**suspended, kind=kind, reason="Staff know why", by=None)

    for place in (BUY, f"{BUY}?subscription={world.subscriptions['neema'].pk}"):
        page = client.get(place).content.decode()
        assert "You cannot buy while your account is halted." in page
        assert "Staff know why" not in page
        sent = {"form_token": form_token, "plan": world.day_pass.pk, "pay": "wallet"}
        assert client.post(place, sent).status_code == 400
    assert not Purchase.objects.exists()
    sent = {"form_token": form_token, "amount": "50", "pay": gateway.pk, "phone": PHONE}
    assert client.post(TOP_UP, sent).status_code == 302
    assert Payment.objects.filter(state="pending").count() == 1


def test_declined_and_tried_again(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    waiting = f"{BASE}purchases/{purchase.uid}/waiting/?stage=waiting"
    payments.fail(payment=billing.payment_of(purchase), reason="cancelled_by_user")
    assert client.get(waiting).status_code == 200
    page = page_of(client, purchase)
    assert "The payment was cancelled on the phone." in page
    assert "http-equiv" not in page

    again = f"{BASE}purchases/{purchase.uid}/again/"
    response = client.post(again, {"form_token": token(page.encode()), "pay": gateway.pk, "phone": "0733 900118"})
    assert response["Location"] == f"{BASE}purchases/{purchase.uid}/"
    assert billing.payment_of(purchase).phone == "+254733900118"
    assert "Check your phone" in page_of(client, purchase)
    billing.pays(purchase)
    assert "Your voucher is ready" in page_of(client, purchase)
    assert client.get(again)["Location"] == f"{BASE}purchases/{purchase.uid}/"
    assert client.post(again)["Location"] == f"{BASE}purchases/{purchase.uid}/"
    assert (Voucher.objects.count(), Payment.objects.count()) == (1, 2)


def test_what_trying_again_refuses(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    again = f"{BASE}purchases/{purchase.uid}/again/"
    form_token = "0123456789abcdef01234567"
    open_still = client.post(again, {"form_token": form_token, "pay": gateway.pk, "phone": PHONE})
    assert open_still.status_code == 400
    payments.fail(payment=billing.payment_of(purchase), reason="timeout")
    wrong = client.post(again, {"form_token": form_token, "pay": gateway.pk, "phone": "12"})
    assert wrong.status_code == 400
    assert "is not a phone number" in wrong.content.decode()
    nothing = client.post(again, {})
    assert nothing.status_code == 400
    suspensions.suspend(customer=neema, kind="overdue", by=None)
    halted = client.post(again, {"form_token": form_token, "pay": gateway.pk, "phone": PHONE})
    assert halted.status_code == 400
    assert "This account cannot buy at the moment." in halted.content.decode()
    assert Payment.objects.count() == 1


def test_a_phone_that_says_nothing(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    waiting = f"{BASE}purchases/{purchase.uid}/waiting/?stage="
    with later():
        assert client.get(f"{waiting}waiting").status_code == 200
        assert client.get(f"{waiting}silent").status_code == 204
        page = page_of(client, purchase)
        assert "No answer yet" in page
        assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in page
        again = f"{BASE}purchases/{purchase.uid}/again/"
        client.post(again, {"form_token": token(page.encode()), "pay": gateway.pk, "phone": PHONE})
        assert "Check your phone" in page_of(client, purchase)
    assert Payment.objects.count() == 2


def test_a_provider_that_does_not_say(world: World, neema: Customer, client: Client) -> None:
    purchase = portal.asked(world, neema, billing.practice(world.organization))
    payments.leave_to_a_person(payment=billing.payment_of(purchase))
    assert "has not told us yet whether 0768 274519 has paid" in page_of(client, purchase)


def test_what_is_paid_and_cannot_be_given(world: World, neema: Customer, client: Client) -> None:
    purchase = portal.asked(world, neema, billing.practice(world.organization))
    plans.retire(plan=world.day_pass, by=None)
    billing.pays(purchase)

    page = page_of(client, purchase)

    assert "It is no longer sold. So we could not give you Day pass." in page.replace("</strong>", "")
    assert accounts.balance(customer=neema) == 5_000
    assert client.get(f"{BASE}purchases/{purchase.uid}/?visit=abc").status_code == 200
    purchases.close(purchase=Purchase.objects.get(), by=None)
    assert "This purchase is closed." in page_of(client, purchase)


# The next period of a package.


def renew(world: World, name: str = "otieno") -> str:
    return f"{BUY}?subscription={world.subscriptions[name].pk}"


def test_renewing_from_the_wallet(world: World) -> None:
    client = client_of(world.otieno)
    portal.pays(world.otieno, 250_000)
    before = world.otieno_home.expires_at
    assert renew(world) in client.get(BASE).content.decode()
    page = client.get(renew(world)).content.decode()
    assert "Renew Home 10M" in page
    assert "KES\xa02,500" in page

    response = portal.buy(client, f"?subscription={world.otieno_home.pk}", pay="wallet")

    purchase = Purchase.objects.get()
    assert response["Location"] == f"{BASE}purchases/{purchase.uid}/"
    assert "Home 10M is renewed" in page_of(client, purchase)
    world.otieno_home.refresh_from_db()
    assert before is not None
    assert world.otieno_home.expires_at is not None
    assert world.otieno_home.expires_at > before + timedelta(days=27)
    assert accounts.balance(customer=world.otieno) == 0


def test_renewing_by_phone_even_from_a_hotspot(world: World) -> None:
    client = client_of(world.otieno)
    gateway = billing.practice(world.organization)
    portal.buy(client, f"?subscription={world.otieno_home.pk}&visit=abc", pay=gateway.pk, phone="0712345678")
    purchase = Purchase.objects.get()
    billing.pays(purchase)
    # There is no voucher to connect with.
    assert "Home 10M is renewed" in page_of(client, purchase)


def test_what_cannot_be_renewed_here(world: World) -> None:
    client = client_of(world.otieno)
    draft = subscriptions.create(customer=world.otieno, plan=world.home_10m, username="second", by=None)
    asked = {
        "others": str(world.subscriptions["grace"].pk),
        "draft": str(draft.pk),
        "nonsense": "abc",
        "negative": "-1",
        "large": "9" * 40,
        "arabic": "٣",
    }
    for text in asked.values():
        assert client.get(BUY, {"subscription": text}).status_code == 404, text
        assert client.post(f"{BUY}?subscription={text}", {"pay": "wallet"}).status_code == 404, text
    Subscription.objects.filter(pk=world.otieno_home.pk).update(price_minor=0)
    assert client.get(renew(world)).status_code == 404
    assert "Renew" not in client.get(BASE).content.decode()
    Subscription.objects.filter(pk=world.otieno_home.pk).update(price_minor=250_000)
    assert client.get(renew(world)).status_code == 200
    subscriptions.end(subscription=world.otieno_home, by=None)
    assert client.get(renew(world)).status_code == 404


def test_the_payment_of_a_purchase_is_told_there(world: World, neema: Customer, client: Client) -> None:
    purchase = portal.asked(world, neema, billing.practice(world.organization))
    response = client.get(f"{BASE}payments/{billing.payment_of(purchase).uid}/")
    assert response["Location"] == f"{BASE}purchases/{purchase.uid}/"
