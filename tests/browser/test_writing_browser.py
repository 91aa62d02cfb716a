"""*Message* in a real browser on a phone, with its script and without any: to the first of a list, and to one."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from headend.customers import customers
from headend.messaging.models import Link, Message
from tests.kit import portal
from tests.kit.world import World

pytestmark = [
    pytest.mark.needs("chromium", "chromium"),
    pytest.mark.real_time,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


def test_msg_1_to_the_first_of_a_list(
    world: World, live_server: Any, operators_phone: Page, request: pytest.FixtureRequest
) -> None:
    portal.add_carrier(world.organization)
    for number in range(12):
        phone = f"07310001{number:02d}"
        customers.register(
            organization=world.organization, by=None, first_name="Maria", last_name=f"Otto {number:02d}", phone=phone
        )
    page = operators_phone
    page.goto(f"{live_server.url}/baobab/console/customers/?q=maria")
    page.get_by_role("link", name="Message", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("To the first 10 of the list:")
    expect(page.locator("#outcome tr")).to_have_count(10)
    page.get_by_label("Text", exact=True).fill("Hello {first_name}")
    page.get_by_label("Short URL to").select_option("paying")
    page.get_by_role("button", name="Insert short URL").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Hello {first_name} {link}")
    expect(page.locator("#outcome")).to_contain_text("Hello Maria http")
    if "no script" not in request.node.name:
        # What is typed is counted as it is typed.
        page.get_by_label("Text", exact=True).fill("x" * 161)
        expect(page.locator("#outcome")).to_contain_text("20 SMS in all")
        page.get_by_label("Text", exact=True).fill("Hello {first_name} {link}")
        expect(page.locator("#outcome")).to_contain_text("10 SMS in all")
    page.get_by_role("button", name="Send SMS").click()
    expect(page.get_by_text("The message is on its way to 10 customers.")).to_be_visible()
    assert Message.objects.count() == Link.objects.count() == 10
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_msg_2_to_one(world: World, live_server: Any, operators_phone: Page) -> None:
    portal.add_carrier(world.organization)
    page = operators_phone
    page.goto(f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/")
    page.get_by_role("link", name="Message", exact=True).click()
    expect(page.get_by_label("Mobile number")).to_have_value("+254712345678")
    # Enter sends nothing: it shows what would be sent.
    page.get_by_label("Text", exact=True).fill("Come to the shop")
    page.get_by_label("Mobile number").fill("")
    page.get_by_label("Mobile number").press("Enter")
    expect(page.locator("#outcome")).to_contain_text("Come to the shop")
    assert not Message.objects.exists()
    page.get_by_role("button", name="Send SMS").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a mobile number or an e-mail address")
    page.get_by_label("Mobile number").fill("0733 900 118")
    page.get_by_role("button", name="Send SMS").click()
    expect(page.get_by_text("The message is on its way to Otieno Ouma.")).to_be_visible()
    assert Message.objects.get().to == "+254733900118"
