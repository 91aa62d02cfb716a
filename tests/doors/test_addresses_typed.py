"""Fixed addresses that staff type: what cannot be a customer's is refused, what is probably somebody else's is asked about."""

import html
import re

import pytest
from django.test import Client

from headend.access.models import Subscription
from headend.system import organizations
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"
FOREIGN = "8.8.8.8 is neither private nor in one of your own address blocks (Settings)"
EDGE = "10.0.3.255 ends a range of 256 addresses"
AGAIN = "Save again to use it all the same, or type another."


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def places(world: World) -> dict[str, dict[str, str]]:
    """Every form that a fixed address is typed in, with what it wants besides."""
    package = {"connection_type": "pppoe", "plan": str(world.home_10m.pk), "activate": "yes"}
    person = {"full_name": "John Doe", "phone": "0733900118", "group": str(world.default_group.pk), "method": "cash"}
    return {
        f"{BASE}customers/add/": {**person, **package, "username": "john"},
        f"{BASE}customers/{world.otieno.pk}/subscriptions/add/": {
            **package,
            "username": "otieno-two",
            "method": "cash",
        },
        f"{BASE}subscriptions/{world.otieno_home.pk}/completion/": {},
    }


def sent(client: Client, place: str, values: dict[str, str]) -> str:
    response = client.post(place, values)
    assert response.status_code == 400
    return html.unescape(response.content.decode())


def meant(text: str) -> str:
    found = re.search(r'name="address_meant"[^>]* value="([^"]*)"', text)
    return found[1] if found else ""


@pytest.mark.parametrize("number", range(3))
def test_an_address_of_somebody_else_is_asked_about_and_taken_when_it_is_sent_again(
    world: World, client: Client, number: int
) -> None:
    place, values = list(places(world).items())[number]
    for typed, said in (("8.8.8.8", FOREIGN), ("10.0.3.255", EDGE)):
        text = sent(client, place, {**values, "framed_address": typed})
        assert said in text
        assert AGAIN in text
        assert meant(text) == typed
        # Another one is asked about anew.
        assert "9.9.9.9 is neither" in sent(
            client, place, {**values, "framed_address": "9.9.9.9", "address_meant": typed}
        )
    assert not Subscription.objects.exclude(framed_address="").exists()

    response = client.post(place, {**values, "framed_address": "8.8.8.8", "address_meant": "8.8.8.8"})

    assert response.status_code == 302
    assert Subscription.objects.get(framed_address="8.8.8.8")


@pytest.mark.parametrize("number", range(3))
def test_what_no_customer_can_have_is_refused_however_often_it_is_sent(
    world: World, client: Client, number: int
) -> None:
    place, values = list(places(world).items())[number]
    for typed in ("127.0.0.1", "224.0.0.1", "255.255.255.255"):
        text = sent(client, place, {**values, "framed_address": typed, "address_meant": typed})
        assert f"“{typed}” is not an IPv4 address that a customer can have." in text
    assert not Subscription.objects.exclude(framed_address="").exists()


def test_private_addresses_and_those_of_the_own_blocks_are_taken(world: World, client: Client) -> None:
    organizations.edit(organization=world.organization, by=None, address_blocks="196.200.16.0/22")
    for number, typed in enumerate(("192.168.88.2", "100.64.3.9", "196.200.17.255")):
        place = f"{BASE}customers/{world.otieno.pk}/subscriptions/add/"
        values = {**places(world)[place], "username": f"otieno-{number}", "framed_address": typed}
        assert client.post(place, values).status_code == 302
        assert Subscription.objects.get(framed_address=typed)


def test_of_a_hotspot_package_no_address_is_asked_about_or_kept(world: World, client: Client) -> None:
    hotspot = {"connection_type": "hotspot", "plan": str(world.day_pass.pk), "framed_address": "8.8.8.8"}
    for place, values in list(places(world).items())[:2]:
        assert client.post(place, {**values, **hotspot}).status_code == 302
    assert not Subscription.objects.exclude(framed_address="").exists()


def test_a_static_package_whose_address_is_asked_about_is_not_said_to_lack_one(world: World, client: Client) -> None:
    place = f"{BASE}customers/add/"
    text = sent(client, place, {**places(world)[place], "connection_type": "static", "framed_address": "8.8.8.8"})
    assert "8.8.8.8 is neither" in text
    assert "IP address is required" not in text
