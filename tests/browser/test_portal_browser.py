"""The portal in a real browser: on a phone and on a desk, with its script and without any."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from headend.access import password_links, signins, vouchers
from headend.billing import payments
from headend.billing.models import Purchase
from headend.customers.models import Customer
from tests.kit import billing, portal
from tests.kit.chromium import WIDTHS
from tests.kit.portal import PASSWORD
from tests.kit.world import World

pytestmark = [
    pytest.mark.needs("chromium", "chromium"),
    pytest.mark.real_time,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]

# What a page waits for without script, and some patience.
REFRESH_MS = 20_000


@pytest.fixture
def neema(world: World) -> Customer:
    neema = world.customers["neema"]
    signins.set_password(customer=neema, password=PASSWORD, by=None)
    return neema


def open_portal(browser: Browser, base: str, *, script: bool = True) -> Page:
    """Neema's phone, on which she has just signed in."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{base}/baobab/portal/sign-in/")
    page.get_by_label("E-mail, phone or username").fill("0768 274519")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    page.wait_for_url("**/baobab/portal/")
    return page


def register(page: Page, base: str) -> None:
    """A visitor makes an account, with the keyboard alone."""
    page.goto(f"{base}/baobab/portal/sign-in/")
    page.get_by_role("link", name="Sign up").press("Enter")
    page.get_by_label("First name").press_sequentially("Wambui")
    for text in ("Kariuki", "0733900118", "", "wambui", PASSWORD):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/baobab/portal/")


def buy_by_phone(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Buy Voucher").click()
    page.get_by_role("radio", name="Day pass").check()
    page.get_by_role("radio", name="Practice money").check()
    page.get_by_role("button", name="Buy Voucher").click()
    expect(page.get_by_role("heading", name="Check your phone")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_from_registering_to_a_voucher(world: World, live_server: Any, browser: Browser, script: bool) -> None:
    billing.practice(world.organization)
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=script)
    page = context.new_page()
    register(page, live_server.url)
    buy_by_phone(page)
    purchase = Purchase.objects.get()
    payments.fail(payment=billing.payment_of(purchase), reason="cancelled_by_user")
    expect(page.get_by_text("The payment was cancelled on the phone.")).to_be_visible(timeout=REFRESH_MS)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Check your phone")).to_be_visible()
    billing.pays(purchase)
    expect(page.get_by_role("heading", name="Your voucher is ready")).to_be_visible(timeout=REFRESH_MS)
    purchase.refresh_from_db()
    assert purchase.voucher is not None
    expect(page.locator(".key")).to_have_text([purchase.voucher.code, vouchers.open_password(purchase.voucher)])
    expect(page.get_by_role("button", name="Copy")).to_have_count(2 if script else 0)


def test_code_and_password_are_copied(world: World, neema: Customer, live_server: Any, browser: Browser) -> None:
    purchase = portal.bought(world, neema)
    assert purchase.voucher is not None
    page = open_portal(browser, live_server.url)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for path in ("", "history/", f"purchases/{purchase.uid}/"):
        page.goto(f"{live_server.url}/baobab/portal/{path}")
        if path == "history/":
            expect(page.get_by_text(vouchers.open_password(purchase.voucher))).to_be_hidden()
            page.get_by_text("Show", exact=False).first.click()
        for button, text in enumerate((purchase.voucher.code, vouchers.open_password(purchase.voucher))):
            page.get_by_role("button", name="Copy").nth(button).click()
            expect(page.get_by_text("Copied")).to_be_visible()
            assert page.evaluate("navigator.clipboard.readText()") == text


def test_what_a_wallet_does_not_need_is_hidden(
    world: World, neema: Customer, live_server: Any, browser: Browser
) -> None:
    billing.practice(world.organization)
    portal.pays(neema, 12_000)
    page = open_portal(browser, live_server.url, script=False)
    page.goto(f"{live_server.url}/baobab/portal/buy/")
    phone = page.get_by_label("Phone number")
    expect(phone).to_be_hidden()
    page.get_by_role("radio", name="Practice money").check()
    expect(phone).to_be_visible()


def test_no_page_runs_off_or_complains(world: World, neema: Customer, live_server: Any, browser: Browser) -> None:
    gateway = billing.practice(world.organization)
    portal.add_carrier(world.organization)
    portal.bought(world, neema)
    waiting = portal.asked(world, neema, gateway)
    payment = payments.top_up(customer=neema, gateway=gateway, phone="0733900118", amount_minor=5_000, key="t-1")
    uids = {
        "purchase": waiting.uid,
        "again": waiting.uid,
        "payment": payment.uid,
        "package_next": world.subscriptions["neema"].pk,
        "password_link": password_links.make(neema),
    }
    guest = browser.new_context().new_page()
    page = open_portal(browser, live_server.url)
    complaints: list[str] = []
    for each in (guest, page):
        each.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        each.on("pageerror", lambda error: complaints.append(str(error)))
    wrong = []
    for name in portal.names():
        if name in ("sign_out", "purchase_waiting", "payment_waiting"):
            continue
        shown = guest if name in ("sign_in", "register", "code", "code_check", "login") else page
        response = shown.goto(
            live_server.url + reverse(f"portal:{name}", args=["baobab", *([uids[name]] if name in uids else [])])
        )
        assert response is not None
        for size, (width, height) in WIDTHS.items():
            shown.set_viewport_size({"width": width, "height": height})
            over = shown.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if not response.ok or over > 0 or complaints:
                wrong.append((name, size, response.status, over, list(complaints)))
            complaints.clear()
    assert wrong == []
