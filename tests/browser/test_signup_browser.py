"""*Add Customer* in a real browser on a phone, step by step: with its script, and without any."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from headend.access.models import Subscription
from headend.billing.models import Payment, Purchase
from tests.kit import billing, console
from tests.kit.world import World

pytestmark = [
    pytest.mark.needs("chromium", "chromium"),
    pytest.mark.real_time,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


def test_the_six_steps(world: World, live_server: Any, operators_phone: Page, request: pytest.FixtureRequest) -> None:
    page = operators_phone
    page.goto(f"{live_server.url}/baobab/console/customers/add/")
    page.get_by_role("radio", name="Static").check()
    expect(page.get_by_text("No plans appear")).to_be_visible()
    page.get_by_role("radio", name="PPPoE").check()
    expect(page.get_by_text("No plans appear")).to_be_hidden()
    page.get_by_role("radio", name="Home 10M").check()
    page.get_by_label("Full Name").fill("John Doe")
    page.get_by_label("Phone Number").fill("0733 900 118")
    page.get_by_label("Charge Installation Fee").check()
    page.get_by_label("Installation fee", exact=True).fill("1,500")

    # Everything typed stays.
    page.get_by_role("button", name="Generate Username").click()
    expect(page.get_by_label("Username", exact=True)).to_have_value("john.doe")
    expect(page.get_by_label("Phone Number")).to_have_value("0733 900 118")
    expect(page.locator("#outcome")).to_contain_text("To take now, cash")
    expect(page.locator("#outcome tfoot")).to_contain_text("4,000.00")

    number = page.get_by_label("Additional account number", exact=True)
    expect(number).to_be_hidden()
    page.get_by_label("Add Additional Account Number").check()
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(number).to_have_value(re.compile(r"\d{6}"))

    page.get_by_role("radio", name="Bank").check()
    page.get_by_label("Reference", exact=True).fill("TT-77123")
    page.get_by_label("Charge Custom Amount").check()
    page.get_by_label("Custom amount", exact=True).fill("1000")
    if "no script" in request.node.name:
        page.get_by_role("button", name="Work out the sum").click()
    else:
        expect(page.get_by_role("button", name="Work out the sum")).to_have_count(0)
    expect(page.locator("#outcome tfoot")).to_contain_text("To take now, bank")
    expect(page.locator("#outcome tfoot")).to_contain_text("2,500.00")
    page.get_by_role("radio", name="No On record only").check()
    if "no script" not in request.node.name:
        # What it says grows by a line, and the button moves: nobody presses what still moves.
        expect(page.locator("#outcome")).to_contain_text("not before somebody activates it")
    page.get_by_role("button", name="Add Customer").click()

    expect(page.locator(".toast")).to_contain_text("John Doe is added.")
    expect(page.locator(".toast")).to_contain_text("received: bank. Home 10M is not active yet.")
    assert Payment.objects.get().receipt_code == "TT77123"
    assert list(Purchase.objects.get().lines.values_list("amount_minor", flat=True)) == [100_000, 150_000]
    if "no script" in request.node.name:
        page.get_by_role("link", name="Show: Ledger").click()
    else:
        console.look_at_all(page)
    expect(page.locator("#ledger")).to_contain_text("Installation fee KES 1,500.00")

    if "no script" in request.node.name:
        page.get_by_role("link", name="John Doe").click()
    page.locator("#packages").get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".toast")).to_contain_text("Home 10M is active.")
    assert Subscription.objects.get(customer__first_name="John").state == "active"
    assert billing.wrong() == {}
