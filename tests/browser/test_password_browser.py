"""*Password Reset* in Chromium: from the customer's page to signed in."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from headend.customers import customers
from headend.messaging.models import Message
from tests.kit import portal
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_reg_7_from_password_reset_to_signed_in(
    world: World, live_server: Any, operators_phone: Page, browser: Browser
) -> None:
    portal.add_mail_server(world.organization)
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    staff = operators_phone
    staff.goto(f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/")
    staff.get_by_role("img", name="More actions").click()
    staff.get_by_role("link", name="Password Reset").click()
    expect(staff.get_by_text("An e-mail to otieno@example.com with a link that works once")).to_be_visible()
    staff.get_by_role("button", name="Send").click()
    expect(staff.get_by_text("The password reset is on its way to")).to_be_visible()

    link = portal.link_in(Message.objects.get(kind="password.reset"))
    guest = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    guest.goto(f"{live_server.url}{link}")
    expect(guest.get_by_text("otieno@example.com")).to_be_visible()
    guest.get_by_label("New password").fill(portal.PASSWORD)
    guest.get_by_role("button", name="Set password").click()
    expect(guest.get_by_text("Your password is set. You are signed in.")).to_be_visible()
    guest.goto(f"{live_server.url}{link}")
    expect(guest.get_by_role("heading", name="This link is not good any more")).to_be_visible()
