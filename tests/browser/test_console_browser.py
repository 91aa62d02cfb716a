"""The console in a real browser: with its script, without any, on a phone and on a desk."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from headend.access.models import Session
from headend.customers.models import Suspension
from headend.network.models import Command
from tests.kit import console, sample
from tests.kit.chromium import WIDTHS
from tests.kit.console import sign_in
from tests.kit.world import PASSWORD, World
from tests.look import examples

pytestmark = [
    pytest.mark.needs("chromium", "chromium"),
    pytest.mark.real_time,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


def is_disabled(world: World) -> bool:
    return Suspension.objects.filter(customer=world.otieno, kind="disabled", lifted_at=None).exists()


def test_a_dialog_opens_in_place_and_the_toast_takes_it_back(world: World, live_server: Any, browser: Browser) -> None:
    page = sign_in(browser.new_context(), live_server.url)
    place = f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/"
    page.goto(place)
    page.get_by_role("img", name="More actions").click()
    page.get_by_role("link", name="Disable").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Disable Otieno Ouma?")
    assert page.url == place
    expect(dialog.get_by_label("Reason")).to_be_focused()

    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert not is_disabled(world)

    page.get_by_role("img", name="More actions").click()
    page.get_by_role("link", name="Disable").click()
    dialog.get_by_label("Reason").fill("Moved away")
    dialog.get_by_role("button", name="Disable").click()
    expect(page.locator(".toast")).to_contain_text("Otieno Ouma is disabled.")
    assert is_disabled(world)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Otieno Ouma is enabled.")
    assert not is_disabled(world)


def test_all_of_it_works_without_a_script(world: World, live_server: Any, browser: Browser) -> None:
    page = sign_in(browser.new_context(java_script_enabled=False), live_server.url)
    page.goto(f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/")
    page.get_by_role("img", name="More actions").click()
    page.get_by_role("link", name="Disable").click()
    page.wait_for_url("**/suspension/disabled/")
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("main")).to_contain_text("Reason: Please fill this in.")
    page.get_by_label("Reason").fill("Moved away")
    page.get_by_role("button", name="Disable").click()
    expect(page.locator(".toast")).to_contain_text("Otieno Ouma is disabled.")
    assert is_disabled(world)


def test_disconnect_tells_its_result_in_place(world: World, live_server: Any, browser: Browser) -> None:
    console.make_session(world)
    page = sign_in(browser.new_context(), live_server.url, "support")
    place = f"{live_server.url}/baobab/console/sessions/"
    page.goto(place)
    page.get_by_role("button", name="Disconnect otieno").click()
    expect(page.locator("td .command")).to_have_text("Waiting to be sent")
    Command.objects.update(state="delivered")
    expect(page.locator("td .command")).to_have_text("Disconnected")
    assert page.url == place


def test_a_password_is_revealed_in_place(world: World, live_server: Any, browser: Browser) -> None:
    page = sign_in(browser.new_context(), live_server.url)
    place = f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/"
    page.goto(place)
    page.get_by_role("button", name="Reveal the password of otieno").click()
    expect(page.get_by_text("radius-pass-1")).to_be_visible()
    assert page.url == place


def test_a_panel_comes_when_it_is_looked_at(world: World, live_server: Any, browser: Browser) -> None:
    console.make_session(world)
    page = sign_in(browser.new_context(viewport={"width": 1440, "height": 900}), live_server.url)
    page.goto(f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/")
    expect(page.locator("#messages")).to_contain_text("Show: Messages")

    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Messages", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("Nothing was sent yet.")
    expect(page.locator("#messages")).to_be_in_viewport()
    console.look_at_all(page)
    page.locator("#devices").get_by_role("link", name="Block").click()
    expect(page.get_by_role("dialog")).to_contain_text("Block DC:2C:6E:41:00:01 of Otieno Ouma?")


def test_who_was_signed_out_signs_in_and_comes_back(world: World, live_server: Any, browser: Browser) -> None:
    page = sign_in(browser.new_context(viewport={"width": 1440, "height": 900}), live_server.url)
    place = f"{live_server.url}/baobab/console/customers/{world.otieno.pk}/"
    page.goto(place)
    # What is in sight is loaded at once: by whoever is signed in still.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()

    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Messages", exact=True).click()

    page.wait_for_url("**/sign-in/?next=*")
    page.get_by_label("E-mail").fill("owner@baobab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{place}*")


def test_the_connection_type_decides_which_plans_are_shown(world: World, live_server: Any, browser: Browser) -> None:
    page = sign_in(browser.new_context(), live_server.url)
    page.goto(f"{live_server.url}/baobab/console/customers/add/")
    home, day = page.get_by_role("radio", name="Home 10M"), page.get_by_role("radio", name="Day pass")
    expect(home).to_be_visible()
    expect(day).to_be_hidden()
    page.get_by_role("radio", name="Hotspot").check()
    expect(home).to_be_hidden()
    expect(day).to_be_visible()
    page.get_by_role("radio", name="None yet").check()
    expect(page.get_by_label("Username", exact=True)).to_be_hidden()


def test_keys_and_theme(world: World, live_server: Any, browser: Browser) -> None:
    page = sign_in(browser.new_context(color_scheme="light"), live_server.url)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find a customer")).to_be_focused()
    page.keyboard.type("otieno")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Otieno Ouma", exact=True)).to_be_visible()

    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    for _ in range(2):
        page.locator("summary", has_text="Account menu").click()
        page.locator("[data-theme-switch]").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate(ground) != light


def test_no_page_runs_off_or_complains(world: World, live_server: Any, browser: Browser) -> None:
    objects = sample.Objects.of(world)
    Session.objects.update(user_name="a-username-that-is-much-longer-than-usual")
    page = sign_in(browser.new_context(), live_server.url)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    wrong = []
    posted_to = set(examples.posted_to())
    for name in console.names():
        if name == "sign_in" or f"console:{name}" in posted_to:
            continue
        response = page.goto(live_server.url + sample.address(name, "baobab", objects))
        assert response is not None
        console.look_at_all(page)
        for size, (width, height) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if not response.ok or over > 0 or complaints:
                wrong.append((name, size, response.status, over, list(complaints)))
            complaints.clear()
    assert wrong == []
