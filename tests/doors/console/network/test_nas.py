"""NASes in the console: what to paste, what is refused, and removing."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from headend.access import refusals
from headend.lib import clock
from headend.network.models import NAS
from headend.system.models import Event, Membership
from tests.kit import console
from tests.kit.console import text_of
from tests.kit.world import SECRET, World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["admin"])


ROUTER = {
    "name": "kibera-2",
    "address": "10.9.8.7",
    "vendor": "mikrotik",
    "coa_port": "3799",
    "require_message_authenticator": "auto",
    "limit_proxy_state": "auto",
    "coa_message_authenticator": "on",
}


def test_adding_a_nas_shows_what_to_paste(world: World, client: Client) -> None:
    response = client.post(f"{BASE}nas/add/", {**ROUTER, "secret": "kibera-secret-123"})
    nas = NAS.objects.get(name="kibera-2")
    assert response["Location"] == f"{BASE}nas/{nas.pk}/"
    text = text_of(client, f"nas/{nas.pk}/")
    assert "/radius add service=ppp,hotspot address=testserver secret=&quot;THE-SHARED-SECRET&quot;" in text
    assert "/radius incoming set accept=yes port=3799" in text
    assert "/ppp aaa set use-radius=yes accounting=yes interim-update=00:05:00" in text
    assert "authentication=" not in text
    assert "mschap2, mschap1, chap and pap" in text
    assert "/interface pppoe-server server add service-name=headend" in text
    assert "kibera-secret-123" not in text
    assert "Never heard" in text


def test_revealing_a_secret_is_an_event(world: World, client: Client) -> None:
    response = client.post(f"{BASE}nas/{world.hilltop.pk}/secret/")
    assert f"secret=&quot;{SECRET}&quot;" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert Event.objects.get(kind="nas.secret_revealed").staff == world.staff["admin"].staff


def test_a_nas_of_another_vendor_gets_no_routeros_lines(world: World, client: Client) -> None:
    client.post(f"{BASE}nas/add/", {**ROUTER, "vendor": "coovachilli"})
    nas = NAS.objects.get(name="kibera-2")
    assert nas.swap_octets
    assert "/radius add" not in text_of(client, f"nas/{nas.pk}/")


def test_an_address_that_asks_and_is_no_nas_is_named_where_there_is_one_organization(
    world: World, client: Client
) -> None:
    asked = [(refusals.Refused("nas_unknown", "10.9.8.7"), 3, clock.now())]
    refusals.count(asked)
    assert "10.9.8.7" not in text_of(client, "nas/"), "it may be the neighbour's"

    Membership.objects.filter(organization=world.neighbour).delete()
    Event.objects.filter(organization=world.neighbour).delete()
    world.neighbour.group_set.all().delete()
    world.neighbour.delete()
    assert "Somebody asks from 10.9.8.7, which is no NAS of yours." in text_of(client, "nas/")
    assert "Somebody asks from 10.9.8.7" in text_of(client, f"nas/{world.hilltop.pk}/"), "hilltop was never heard"
    assert f'href="{BASE}nas/add/?address=10.9.8.7"' in text_of(client, "nas/")
    assert 'value="10.9.8.7"' in text_of(client, "nas/add/?address=10.9.8.7")
    # Who cannot add one is not led there.
    assert "?address=" not in text_of(console.client_of(world.staff["support"]), "nas/")

    client.post(f"{BASE}nas/add/", ROUTER)
    assert "Somebody asks from" not in text_of(client, "nas/")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"address": "10.9.8"}, "“10.9.8” is not the IP address of a router."),
        ({"address": "127.0.0.1"}, "Another NAS has this address"),
        ({"name": "Hilltop"}, "There is a NAS “Hilltop” already."),
        ({"secret": "short"}, "A secret needs 16 characters or more."),
        ({"login_hosts": "login.lan, http://x"}, "“http://x” is no host."),
    ],
)
def test_a_wrong_nas_is_refused(world: World, client: Client, change: dict[str, str], text: str) -> None:
    response = client.post(f"{BASE}nas/add/", {**ROUTER, **change})
    assert response.status_code == 400
    assert text in response.content.decode()
    assert next(iter(change)) in response.context["form"].errors


def test_editing_a_nas_keeps_its_secret(world: World, client: Client) -> None:
    url = f"{BASE}nas/{world.hilltop.pk}/"
    assert client.post(f"{url}edit/", {**ROUTER, "name": "hilltop", "address": "127.0.0.1"}).status_code == 302
    assert SECRET in client.post(f"{url}secret/").content.decode()


def test_a_nas_shows_its_captive_address_and_login_page(world: World, client: Client) -> None:
    client.post(f"{BASE}nas/add/", {**ROUTER, "login_hosts": "Login.lan:8080 10.5.50.1:80"})
    nas = NAS.objects.get(name="kibera-2")
    assert nas.login_hosts == "login.lan:8080, 10.5.50.1"
    response = client.get(f"{BASE}nas/{nas.pk}/")
    text = unescape(response.content.decode())
    address = f"http://testserver/baobab/hotspot/?nas={nas.token}"
    assert f'id="captive-url">{address}</span>' in text
    assert "login.lan:8080, 10.5.50.1, 10.9.8.7" in text
    assert "/ip hotspot walled-garden ip add action=accept dst-host=testserver comment=Headend" in text
    assert "Phones cannot reach that" not in text

    page = response.context["login_page"]
    assert page in text
    (refresh,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]*)"', page)
    (link,) = re.findall(r'href="([^"]*)"', page)
    assert unescape(refresh) == unescape(link)
    query = parse_qs(urlsplit(unescape(refresh)).query)
    assert unescape(refresh).startswith(address)
    assert query["link-login-only"] == ["$(link-login-only-esc)"]
    assert query["chap-challenge"] == ["$(chap-challenge-esc)"]
    assert {"mac", "ip", "error", "chap-id", "link-orig", "identity", "plain-passwd"} < query.keys()
    assert "<script" not in page


@pytest.mark.parametrize(
    ("public", "shown"),
    [
        ("https://wifi.baobab.example", "https://wifi.baobab.example/baobab/hotspot/"),
        # What stands there where nobody set it: the name by which the page was opened tells more.
        ("http://127.0.0.1:8000", "http://testserver/baobab/hotspot/"),
    ],
)
def test_the_captive_address_is_one_that_guests_reach(
    world: World, client: Client, settings: Any, public: str, shown: str
) -> None:
    settings.PUBLIC_URL = public
    assert f">{shown}?nas={world.hilltop.token}<" in text_of(client, f"nas/{world.hilltop.pk}/")


def test_an_address_of_this_machine_alone_is_warned_of(world: World, client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    page = client.get(f"{BASE}nas/{world.hilltop.pk}/", headers={"host": "localhost:8000"}).content.decode()
    assert "Phones cannot reach that" in page
    settings.PUBLIC_URL = "http://10.0.0.9:8000"
    text = text_of(client, f"nas/{world.hilltop.pk}/")
    assert "walled-garden ip add action=accept dst-address=10.0.0.9" in text


def test_a_hotspot_of_another_vendor_gets_the_address_alone(world: World, client: Client) -> None:
    NAS.objects.filter(pk=world.hilltop.pk).update(vendor="coovachilli")
    text = text_of(client, f"nas/{world.hilltop.pk}/")
    assert f"/baobab/hotspot/?nas={world.hilltop.token}" in text
    assert "$(mac-esc)" not in text


def test_learning_anew_what_a_nas_can(world: World, client: Client) -> None:
    NAS.objects.filter(pk=world.hilltop.pk).update(message_authenticator_seen_at=clock.now())
    client.post(f"{BASE}nas/{world.hilltop.pk}/protections/lift/")
    assert NAS.objects.get(pk=world.hilltop.pk).message_authenticator_seen_at is None


# Removing


def test_a_nas_on_which_nobody_was_is_removed(world: World, client: Client) -> None:
    place = f"nas/{world.hilltop.pk}/"
    assert f'href="{BASE}{place}removal/"' in text_of(client, place)
    assert "Requests from 127.0.0.1 get no answer from then on." in text_of(client, f"{place}removal/")

    answer = client.post(f"{BASE}{place}removal/", follow=True)

    assert "hilltop is removed." in answer.content.decode()
    assert not NAS.objects.filter(pk=world.hilltop.pk).exists()


def test_a_nas_with_history_says_why_it_stays(world: World, client: Client) -> None:
    console.make_session(world)
    place = f"nas/{world.hilltop.pk}/"
    assert "/removal/" not in text_of(client, place)
    answer = client.post(f"{BASE}{place}removal/")
    assert answer.status_code == 400
    assert "their history names it: it stays" in answer.content.decode()
    assert NAS.objects.filter(pk=world.hilltop.pk).exists()
