"""Buying at the hotspot with a phone: the press, the wait, what comes of it, and what the browser remembers."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

import headend
from headend.access import plans, subscriptions, vouchers
from headend.access.models import Voucher
from headend.billing import payments, purchases
from headend.billing.models import Payment, Purchase
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.doors.captive import limits, remembered
from headend.lib import clock
from headend.system import logos, organizations
from headend.system.models import Throttle
from headend.ui import brand
from tests.kit import pictures
from tests.kit.billing import payment_of, pays, practice, wrong
from tests.kit.captive import CHAP, LOGIN, PHONE, Guest
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SUPPORT = "0709 118 000"
STATIC = Path(headend.__file__).parent / "ui" / "static"
PAGE_MOST_BYTES = 50_000


@pytest.fixture(autouse=True)
def gateway(world: World) -> Any:
    organizations.edit(organization=world.organization, by=None, support_phone=SUPPORT)
    return practice(world.organization)


@pytest.fixture
def guest(world: World) -> Guest:
    guest = Guest(world)
    guest.arrives(**CHAP)
    return guest


@pytest.fixture
def bought(guest: Guest) -> Purchase:
    """The guest has pressed *Buy Voucher* and sees the page that waits."""
    return guest.buys()


def test_it_works(world: World, guest: Guest, bought: Purchase) -> None:
    assert "Check your phone" in guest.page
    assert "KES 50<" in guest.page.replace("\xa0", " ")
    assert 'ends in <b class="tel">111</b>' in guest.page
    assert "0733" not in guest.page
    assert "254733" not in guest.page
    assert guest.looks_again()
    assert guest.refresh == "3"

    pays(bought)
    guest.looks_again()
    guest.follows()

    assert "Connecting" in guest.page
    assert guest.login["username"] == Voucher.objects.get().code_key.upper()
    assert wrong() == {}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"phone": ""}, "Give the phone number that is to pay."),
        ({"phone": "12"}, "“12” is not a phone number in this country."),
        ({"phone": "020 2222222"}, "is a landline"),
        ({"phone": "0733000111;0722418903"}, "Type a single number, in digits."),
        ({"phone": "0733CALLME"}, "Type a single number, in digits."),
        ({"plan": ""}, "Choose one."),
        ({"plan": "999"}, "Choose one."),
        ({"form_token": "x"}, "This page was too old, or not complete."),
    ],
)
def test_what_is_missing_is_said(world: World, guest: Guest, values: dict[str, str], text: str) -> None:
    sent = {"plan": world.day_pass.pk, "phone": "0733 000 111", "form_token": guest.token, **values}

    guest.posts("purchases/", **sent)

    assert guest.status == 400
    assert text in guest.page
    assert guest.visit
    # It can be mended and sent again.
    guest.buys()


def test_plans_that_are_not_sold_here(world: World, guest: Guest) -> None:
    for plan in (world.home_10m, world.day_pass):
        plans.retire(plan=world.day_pass, by=None)
        guest.posts("purchases/", plan=plan.pk, phone="0733000111", form_token="0" * 32)
        assert guest.status == 400
    assert not Purchase.objects.exists()


def test_a_second_press_is_the_same_purchase(world: World, guest: Guest) -> None:
    token = guest.token
    first = guest.buys(form_token=token)

    again = guest.buys(form_token=token)

    assert again == first
    assert Payment.objects.count() == 1


def test_going_back_and_choosing_otherwise_is_another(world: World, guest: Guest) -> None:
    token = guest.token
    first = guest.buys(form_token=token)

    other = guest.buys("0733 000 222", form_token=token)

    assert other != first
    assert other.customer != first.customer


def test_one_question_at_a_time_for_a_phone(world: World, guest: Guest, bought: Purchase) -> None:
    stranger = Guest(world)
    stranger.arrives()

    stranger.posts("purchases/", plan=world.day_pass.pk, phone="0733000111", form_token=stranger.token)

    assert stranger.status == 400
    assert "This phone is being asked to pay already." in stranger.page
    assert 'aria-invalid="true"' in stranger.page
    assert str(bought.uid) not in stranger.page


def test_a_known_phone_shows_and_gives_nothing(world: World, guest: Guest) -> None:
    vouchers.issue(customer=world.otieno, plan=world.day_pass, by=None)

    purchase = guest.buys("0712 345 678")

    assert purchase.customer == world.otieno
    assert "Otieno" not in guest.page
    assert world.otieno.account_number not in guest.page
    assert Voucher.objects.get().code not in guest.page
    assert "Otieno" not in guest.opens()
    assert Customer.objects.count() == 3


def test_somebody_who_may_not_buy(world: World, guest: Guest) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)

    guest.posts("purchases/", plan=world.day_pass.pk, phone="0712345678", form_token=guest.token)

    assert guest.status == 400
    assert 'This account cannot buy at the moment. Call <a class="tel" href="tel:+254709118000">' in guest.page


@pytest.mark.parametrize("limit", ["BUYS_OF_DEVICE", "BUYS_OF_PHONE", "BUYS_OF_SOURCE"])
def test_too_many_presses(world: World, guest: Guest, monkeypatch: Any, limit: str) -> None:
    monkeypatch.setattr(limits, limit, 2)
    token, visit = guest.token, guest.visit
    for _ in range(2):
        guest.buys(form_token=token)

    guest.opens(visit=visit)
    guest.posts("purchases/", plan=world.day_pass.pk, phone="0733000111", form_token=token)

    assert guest.status == 429
    assert "Too many tries" in guest.page
    assert "Wait ten minutes" in guest.page
    assert Throttle.objects.filter(key__contains="+254733000111").exists()


def press(guest: Guest) -> int:
    """Opens the splash anew and presses *Buy Voucher*; the status of the answer."""
    guest.opens(visit=guest.visit)
    guest.posts("purchases/", plan=guest.world.day_pass.pk, phone=PHONE, form_token=guest.token)
    return guest.status


def stranger_of(world: World) -> Guest:
    """Somebody with another device behind the same address, who types the phone of the guest."""
    stranger = Guest(world)
    stranger.arrives(mac="02:00:00:00:00:66")
    return stranger


def test_a_strangers_presses_do_not_keep_the_owner_of_a_phone_from_buying(world: World, guest: Guest) -> None:
    stranger = stranger_of(world)
    visit = stranger.visit
    answers = []
    for _ in range(limits.BUYS_OF_DEVICE + 2):
        stranger.opens(visit=visit)
        answers.append(press(stranger))
        for payment in Payment.objects.filter(state="pending"):
            payments.fail(payment=payment, reason="declined")
        stranger.opens(visit=visit)
    assert answers == [302] * limits.BUYS_OF_DEVICE + [429] * 2

    assert press(guest) == 302


def test_presses_that_reach_no_phone_do_not_count_for_it(world: World, guest: Guest) -> None:
    visit = guest.visit
    answers = []
    for _ in range(3):
        answers.append(press(guest))
        guest.opens(visit=visit)
    assert answers == [302, 400, 400]

    assert Throttle.objects.get(key=f"captive:{world.organization.pk}:buy:+254733000111").count == 1


def test_whose_phone_has_paid_may_always_buy(
    world: World, guest: Guest, bought: Purchase, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = guest.visit
    pays(bought)
    monkeypatch.setattr(limits, "BUYS_OF_PHONE", 1)
    assert press(stranger_of(world)) == 429
    guest.opens(visit=visit)

    assert press(guest) == 302


def test_the_splash_knows_what_this_browser_has(world: World, guest: Guest, bought: Purchase) -> None:
    cookie = guest.client.cookies[remembered.COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/baobab/hotspot/", True, "Lax")
    assert cookie["max-age"] == 30 * 24 * 60 * 60
    assert list(guest.client.cookies) == [remembered.COOKIE]
    assert "Your payment is waiting" in guest.arrives()
    assert f"/baobab/hotspot/purchases/{bought.uid}/?visit=" in guest.page

    pays(bought)
    assert "You have a pass" in guest.arrives(error="no answer")
    place = f"/baobab/hotspot/purchases/{bought.uid}/connect/"
    assert f'href="{place}?visit=' in guest.page
    guest.opens(place, visit=guest.visit)
    assert guest.login["at"] == LOGIN

    Voucher.objects.update(first_used_at=clock.now(), expires_at=clock.now())
    assert "You have a pass" not in guest.arrives()
    assert "You have a pass" not in Guest(world).arrives()


def test_a_stale_challenge_is_answered_anew(guest: Guest, bought: Purchase) -> None:
    """The router refuses an old challenge, and a second time: then the guest is told, and *Continue* answers a new one."""
    pays(bought)
    guest.looks_again()
    guest.follows()
    first = guest.login["password"]

    guest.arrives(**CHAP, error="invalid username or password")
    page = guest.arrives(**{**CHAP, "chap_id": r"\066"}, error="invalid username or password")

    assert "The hotspot says: invalid username or password" in page
    assert guest.refresh == ""
    guest.opens(f"purchases/{bought.uid}/connect/", visit=guest.visit)
    assert guest.login["password"] != first


def test_a_decline_is_not_offered(guest: Guest, bought: Purchase) -> None:
    payments.fail(payment=payment_of(bought), reason="timeout")
    page = guest.arrives()
    assert "waiting" not in page
    assert "You have a pass" not in page


def test_a_cookie_that_is_not_ours(world: World, guest: Guest, bought: Purchase) -> None:
    guest.client.cookies[remembered.COOKIE] = f"{bought.uid.hex}:forged"
    assert "Your payment is waiting" not in guest.arrives()


def test_a_voucher_that_does_not_connect_any_more(world: World, guest: Guest, bought: Purchase) -> None:
    pays(bought)
    vouchers.void(voucher=Voucher.objects.get(), by=None)

    guest.looks_again()
    guest.follows()

    assert "This voucher is no longer valid." in guest.page
    assert guest.refresh == ""


def test_a_purchase_of_the_customers_own_pages(world: World, guest: Guest) -> None:
    """It comes to `connect` with the visit; the browser remembers it from there."""
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=payment_gateway(world), phone="0712345678", key="portal:1"
    )
    pays(purchase)

    guest.opens(f"purchases/{purchase.uid}/connect/", visit=guest.visit)

    assert guest.login["username"] == Voucher.objects.get().code_key.upper()
    assert "You have a pass" in guest.arrives()


def test_what_is_left_is_shown_once_online(world: World, guest: Guest, bought: Purchase) -> None:
    pays(bought)
    assert "Until" not in guest.opens("online/")
    start = clock.now().replace(year=2027, month=3, day=14, hour=9, minute=2)
    vouchers.redeem(voucher_id=Voucher.objects.get().pk, mac="020000000007", now=start)
    Voucher.objects.update(download_bytes=500_000_000, session_seconds=3_600)

    page = guest.opens("online/").replace("\xa0", " ")

    assert "Until <b>Monday 15 March, 12:02</b>" in page.replace("Monday, ", "Monday ")
    assert "1.5 GB" in page
    assert "7h 00m" in page


def test_a_renewed_package_has_no_code(world: World, guest: Guest) -> None:
    subscription = subscriptions.activate(subscription=world.otieno_home, by=None)
    purchase = purchases.start(
        customer=world.otieno, subscription=subscription, gateway=payment_gateway(world), phone="0712345678", key="p"
    )
    pays(purchase)

    assert "Home 10M runs on." in guest.opens(f"purchases/{purchase.uid}/")
    guest.opens(f"purchases/{purchase.uid}/connect/", visit=guest.visit)
    assert guest.status == 302


def test_the_purchases_of_others_are_not_here(world: World, bought: Purchase) -> None:
    pays(bought)
    neighbour = Guest(world, "acacia")
    for place in ("", "connect/"):
        neighbour.opens(f"purchases/{bought.uid}/{place}")
        assert neighbour.status == 404
        assert "Nothing is here" in neighbour.page
    neighbour.posts(f"purchases/{bought.uid}/again/", form_token="0" * 32)
    assert neighbour.status == 404


def test_no_password_is_written_down(guest: Guest, bought: Purchase) -> None:
    pays(bought)
    guest.looks_again()
    guest.follows()
    assert vouchers.open_password(Voucher.objects.get()) not in written()
    assert vouchers.open_password(Voucher.objects.get()) not in guest.answer.wsgi_request.get_full_path()


def test_every_page_is_light_and_plain(world: World, guest: Guest) -> None:
    """Under 50 kB with its stylesheets, the icon and the largest logo; no script, no style of its own, one form a matter."""
    logos.put(organization=world.organization, content=pictures.JPEG, by=None)
    for number in range(60):
        name = f"A plan with a long name that says what it is for, number {number}"
        plans.add(
            organization=world.organization,
            by=None,
            name=name,
            connection_type="hotspot",
            price_minor=9_000 + number,
            download_kbps=2_000,
            upload_kbps=2_000,
            validity_count=1,
            validity_unit="hours",
            cap_bytes=10**9,
            time_limit_seconds=5400,
            simultaneous_use=2,
        )
    shown = [guest.arrives(**CHAP, error="x" * 300, link_orig="http://example.org/" + "a" * 400)]
    bought = guest.buys(plan=world.day_pass.pk)
    shown.append(guest.page)
    payments.fail(payment=payment_of(bought), reason="timeout")
    shown.append(guest.looks_again())
    guest.posts(f"purchases/{bought.uid}/again/", form_token=guest.token)
    pays(bought)
    guest.follows()
    guest.follows()
    shown += [guest.page, guest.opens("online/"), guest.opens(f"purchases/{bought.uid}/"), guest.arrives()]

    beside = sum((STATIC / name).stat().st_size for name in ("headend/captive.css", "headend/mark.svg"))
    beside += len(brand.stylesheet(world.organization.accent)) + logos.BYTES_MOST
    for page in shown:
        assert len(page.encode()) + beside < PAGE_MOST_BYTES
        assert re.findall(r"<script|<style|\sstyle=|\son[a-z]+=", page) == []
        loaded = re.findall(r'<(?:link|img)[^>]*(?:href|src)="([^"]*)"', page)
        assert [place for place in loaded if not place.startswith((settings.STATIC_URL, "/baobab/brand/"))] == []


def payment_gateway(world: World) -> Any:
    return world.organization.gateway_set.get()
