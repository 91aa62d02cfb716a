"""The panels of a customer's page: those of the first screen, and those that come when they are looked at."""

import re

import pytest
from django.test import Client
from django.utils.functional import Promise

from headend.doors.console import panels
from headend.doors.console.panels import Panel
from headend.messaging.models import Message
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SCRIPT = {"HX-Request": "true"}
FIRST = ["explain", "usage", "packages", "timeline"]
LATER = ["vouchers", "ledger", "sessions", "devices", "refusals", "messages", "notes", "triggers"]


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["support"])


def place(world: World, name: str = "") -> str:
    own = f"/baobab/console/customers/{world.otieno.pk}/"
    return f"{own}panels/{name}/" if name else own


def test_the_page_holds_the_first_and_leads_to_the_later_ones(world: World, client: Client) -> None:
    text = client.get(place(world)).content.decode()

    for name in (*FIRST, *LATER):
        assert text.count(f'id="{name}"') == 1
        assert f'<a href="#{name}"' in text
    assert re.findall(r'<p><a href="([^"]+)">Show: ', text) == [place(world, name) for name in LATER]
    assert re.findall(r'hx-get="([^"]+)" hx-trigger="intersect once"', text) == [place(world, name) for name in LATER]


@pytest.mark.parametrize("name", LATER)
def test_a_later_one_is_a_part_for_the_script_and_a_page_for_others(world: World, client: Client, name: str) -> None:
    part, page = client.get(place(world, name), headers=SCRIPT), client.get(place(world, name))

    assert part.content.decode().count(f'id="{name}"') == 1
    assert "<html" not in part.content.decode()
    assert part.content.decode().strip() in page.content.decode()
    assert "<h1>Otieno Ouma</h1>" in page.content.decode()
    # The back button must not show the part in the place of the page.
    for response in (part, page):
        assert "HX-Request" in response["Vary"]
        assert "no-cache" in response["Cache-Control"]


@pytest.mark.parametrize("name", [*FIRST, "nothing"])
def test_nothing_else_has_an_address(world: World, client: Client, name: str) -> None:
    assert client.get(place(world, name)).status_code == 404


def test_who_lacks_its_right_sees_no_trace_of_a_panel(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    title: str | Promise = "Money"
    secret = Panel("secret", title, "money.adjust", lambda looked: {}, at=5, is_aside=False, is_later=True)
    monkeypatch.setitem(panels._PANELS, "secret", secret)

    assert "secret" not in client.get(place(world)).content.decode()
    assert client.get(place(world, "secret")).status_code == 403
    assert (
        f'hx-get="{place(world, "secret")}"'
        in console.client_of(world.staff["owner"]).get(place(world)).content.decode()
    )


def test_who_was_signed_out_meanwhile_is_led_to_the_sign_in(world: World) -> None:
    """A sign-in put in the place of the panel would be a page inside a page."""
    response = Client().get(place(world, "ledger"), headers=SCRIPT)

    assert (response.status_code, response["HX-Refresh"]) == (401, "true")
    assert Client().get(place(world, "ledger"))["Location"].startswith("/baobab/console/sign-in/?next=")


def test_a_panel_shows_the_newest_and_whether_there_are_more(world: World, client: Client) -> None:
    for number in range(panels.SHOWN):
        Message.objects.create(
            organization=world.organization, kind="x", to="+2547", shown=f"No. {number}.", customer_id=world.otieno.pk
        )
    text = client.get(place(world, "messages"), headers=SCRIPT).content.decode()
    assert "No. 0." in text
    assert "All messages" not in text

    Message.objects.create(
        organization=world.organization, kind="x", to="+2547", shown="One more.", customer_id=world.otieno.pk
    )

    text = client.get(place(world, "messages"), headers=SCRIPT).content.decode()
    assert "One more." in text
    assert "No. 0." not in text
    assert "All messages" in text
