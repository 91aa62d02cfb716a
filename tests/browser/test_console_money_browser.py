"""Money in the console, in a real browser on a phone: with its script, and without any."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from headend.access.models import Voucher
from headend.billing.models import Payment
from headend.ledger import accounts
from tests.kit import billing, console
from tests.kit.world import World

pytestmark = [
    pytest.mark.needs("chromium", "chromium"),
    pytest.mark.real_time,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


def test_from_money_in_hand_to_a_voucher_that_is_void(world: World, live_server: Any, operators_phone: Page) -> None:
    page = operators_phone
    page.goto(f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/")
    page.get_by_role("link", name="Add Payment").first.click()
    # What is due is there, and the hand is on the keys.
    expect(page.get_by_label("Amount")).to_be_focused()
    expect(page.get_by_label("Amount")).to_have_value("2500.00")
    expect(page.get_by_role("radio", name="Renew Home 10M")).to_be_checked()
    expect(page.locator("#outcome")).to_contain_text("Nothing is left over.")
    page.get_by_label("Amount").fill("120")
    _work_out(page)
    expect(page.locator("#outcome")).to_contain_text("KES 2,380.00 is missing")
    page.get_by_role("radio", name="Keep in the wallet").check()
    _work_out(page)
    expect(page.locator("#outcome")).to_contain_text("KES 120.00 stays in the wallet.")
    expect(page.get_by_label("Reference", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="Mobile money").check()
    page.get_by_label("Reference", exact=True).fill("qjk4r81xq2")
    page.get_by_role("button", name="Add Payment").click()
    expect(page.locator(".toast")).to_contain_text("is received. It is in the wallet.")
    assert Payment.objects.get().receipt_code == "QJK4R81XQ2"

    page.get_by_role("link", name="Buy Voucher").first.click()
    page.get_by_role("radio", name="Day pass").check()
    page.get_by_role("button", name="Buy Voucher").click()
    voucher = Voucher.objects.get()
    expect(page.locator("h1")).to_have_text(voucher.code)
    page.get_by_role("button", name=f"Reveal the password of {voucher.code}").click()
    expect(page.locator(".shown-secret, .code")).to_be_visible()

    page.goto(f"{live_server.url}/baobab/console/vouchers/{voucher.pk}/")
    page.get_by_role("link", name="Void").click()
    page.get_by_label("Reason").fill("Sold twice")
    page.get_by_role("button", name="Void voucher").click()
    expect(page.locator(".toast")).to_contain_text(f"The voucher {voucher.code} is void.")
    assert accounts.balance(customer=world.otieno) == 7_000
    assert billing.wrong() == {}


def _work_out(page: Page) -> None:
    """With script the page asks by itself; without, there is a button."""
    button = page.get_by_role("button", name="Work out what it does")
    if button.count():
        button.click()


def test_the_red_lines_of_the_dashboard(world: World, live_server: Any, operators_phone: Page) -> None:
    page = operators_phone
    console.unfulfilled(world, 1)
    console.unfulfilled(world, 2)
    base = f"{live_server.url}/baobab/console/"
    page.goto(base)
    expect(page.get_by_text("Otieno Ouma paid for Day pass and did not get it.")).to_have_count(2)
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator(".toast")).to_contain_text("Otieno Ouma has Day pass now.")

    page.goto(base)
    page.get_by_role("link", name="Leave in the wallet").click()
    page.get_by_role("button", name="Leave in the wallet").click()
    expect(page.locator(".toast")).to_contain_text("The money of Otieno Ouma stays in the wallet.")
    page.goto(base)
    expect(page.get_by_text("did not get it.")).to_have_count(0)
    assert accounts.balance(customer=world.otieno) == 5_000
