"""Groups, plans, NASes and sites in the console."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from headend.access import refusals
from headend.access.models import Plan
from headend.access.plans import add as add_plan
from headend.customers import suspensions
from headend.customers.models import Customer, Group
from headend.doors.console.people import suspensions as views_of_suspensions
from headend.lib import clock
from headend.network.models import NAS
from headend.system.models import Event, Membership, Site
from tests.kit import console
from tests.kit.vouchers import printed, sold
from tests.kit.world import SECRET, World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["admin"])


def text_of(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return response.content.decode()


PLAN: dict[str, Any] = {
    "name": "Home 20M",
    "connection_type": "pppoe",
    "price": "4,000.50",
    "download": "20",
    "upload": "0.512",
    "validity_count": "1",
    "validity_unit": "months",
    "cap": "300",
    "hours": "1.5",
    "simultaneous_use": "2",
    "idle_minutes": "10",
}
INCOMPLETE = "Name, price, speed and validity are required"


def test_adding_a_plan(world: World, client: Client) -> None:
    response = client.post(f"{BASE}plans/add/", PLAN)
    assert response["Location"] == f"{BASE}plans/"
    plan = Plan.objects.get(name="Home 20M")
    assert (plan.price_minor, plan.download_kbps, plan.upload_kbps) == (400_050, 20_000, 512)
    assert (plan.cap_bytes, plan.time_limit_seconds, plan.idle_timeout_seconds) == (300 * 10**9, 5400, 600)
    assert ">4,000.50<" in text_of(client, "plans/")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "  "},
        {"price": ""},
        {"download": ""},
        {"download": "0"},
        {"upload": "0"},
        {"upload": ""},
        {"validity_count": ""},
        {"validity_count": "0"},
    ],
)
def test_an_incomplete_plan_is_refused_in_these_words(world: World, client: Client, change: dict[str, str]) -> None:
    response = client.post(f"{BASE}plans/add/", {**PLAN, **change})
    assert response.status_code == 400
    assert INCOMPLETE in response.content.decode()
    # Said above the form, and what is missing is marked.
    assert set(response.context["form"].errors) == {"__all__", *change}
    assert not Plan.objects.filter(name="Home 20M").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"validity_count": "36500"}, "That is more than a hundred years."),
        ({"price": "2.500"}, "2.500 can be read in two ways. Type 2500 or 2.50."),
        ({"download": "-1"}, "This is too little: 0 or more."),
    ],
)
def test_what_is_absurd_is_said_beside_its_field(
    world: World, client: Client, change: dict[str, Any], words: str
) -> None:
    text = client.post(f"{BASE}plans/add/", {**PLAN, **change}).content.decode()
    assert words in text
    assert INCOMPLETE not in text


def test_unlimited_is_a_tick(world: World, client: Client) -> None:
    ticked = {**PLAN, "download": "", "unlimited_download": "on", "upload": "0", "unlimited_upload": "on"}
    assert client.post(f"{BASE}plans/add/", ticked).status_code == 302
    plan = Plan.objects.get(name="Home 20M")
    assert (plan.download_kbps, plan.upload_kbps) == (None, None)


def test_free_is_a_typed_zero(world: World, client: Client) -> None:
    assert client.post(f"{BASE}plans/add/", {**PLAN, "price": "0"}).status_code == 302
    assert Plan.objects.get(name="Home 20M").price_minor == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-1"),
        ("price", "many"),
        ("download", "-5"),
        ("cap", "0"),
        ("simultaneous_use", "0"),
        ("validity_unit", "years"),
    ],
)
def test_nonsense_is_refused(world: World, client: Client, field: str, value: str) -> None:
    response = client.post(f"{BASE}plans/add/", {**PLAN, field: value})
    assert response.status_code == 400
    assert not Plan.objects.filter(name="Home 20M").exists()


def test_editing_a_plan_leaves_what_is_sold(world: World, client: Client) -> None:
    url = f"{BASE}plans/{world.home_10m.pk}/"
    form = client.get(f"{url}edit/").context["form"]
    values = {name: value for name, value in form.initial.items() if value not in ("", False)}
    assert values["download"] == "10"
    response = client.post(f"{url}edit/", {**values, "price": "2,600"})
    assert response["Location"] == url
    world.home_10m.refresh_from_db()
    world.otieno_home.refresh_from_db()
    assert (world.home_10m.price_minor, world.otieno_home.price_minor) == (260_000, 250_000)


def test_a_plan_that_is_saved_unchanged_stays_as_it_is(world: World, client: Client) -> None:
    url = f"{BASE}plans/{world.day_pass.pk}/edit/"
    values = {
        name: value for name, value in client.get(url).context["form"].initial.items() if value not in ("", False)
    }
    before = Plan.objects.filter(pk=world.day_pass.pk).values().get()
    assert client.post(url, values).status_code == 302
    assert Plan.objects.filter(pk=world.day_pass.pk).values().get() == before


def test_a_taken_name_is_refused_beside_its_field(world: World, client: Client) -> None:
    response = client.post(f"{BASE}plans/add/", {**PLAN, "name": "HOME 10m"})
    assert "There is a plan “HOME 10m” already." in response.content.decode()
    assert "name" in response.context["form"].errors


def test_retire_and_restore(world: World, client: Client) -> None:
    url = f"{BASE}plans/{world.home_10m.pk}/retirement/"
    client.post(url)
    assert "Retired" in text_of(client, "plans/")
    assert "Home 10M" not in str(client.get(f"{BASE}customers/add/").context["package"]["plan"])
    client.post(f"{url}lift/")
    assert "Retired" not in text_of(client, "plans/")


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


def test_groups(world: World, client: Client) -> None:
    client.post(f"{BASE}groups/add/", {"name": "Estate B"})
    group = Group.objects.get(name="Estate B")
    assert (
        "There is a group “estate b” already."
        in client.post(f"{BASE}groups/add/", {"name": "estate b"}).content.decode()
    )
    client.post(f"{BASE}groups/{group.pk}/edit/", {"name": "Estate C"})
    assert "Estate C" in text_of(client, "groups/")
    response = client.post(f"{BASE}groups/{group.pk}/suspension/disabled/", {"reason": "Tower is down"})
    assert response.status_code == 302
    assert "Disabled" in text_of(client, "groups/")
    client.post(f"{BASE}groups/{group.pk}/suspension/disabled/lift/")
    client.post(f"{BASE}groups/{group.pk}/removal/")
    assert not Group.objects.filter(pk=group.pk).exists()


def test_trap_20_a_member_disabled_singly_is_listed_ticked_and_gets_in(world: World, client: Client) -> None:
    grace = world.customers["grace"]
    url = f"{BASE}groups/{world.default_group.pk}/suspension/disabled/"
    client.post(url, {"reason": "Tower is down"})
    for row in (world.otieno, grace):
        suspensions.suspend(customer=row, kind="disabled", by=None)
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    text = client.get(f"{url}lift/").content.decode()
    ticks = re.findall(r'<input type="checkbox" name="members" value="(\d+)"([^>]*)>', text)
    assert {int(pk): "checked" in rest for pk, rest in ticks} == {world.otieno.pk: True, grace.pk: True}
    assert f"Grace Wanjiru Mwangi, {grace.account_number}" in text
    assert "Suspensions stay, of the group and of single customers." in text

    # Grace's tick is taken off, and somebody whom a colleague enabled meanwhile is still ticked.
    enabled = world.customers["neema"].pk
    done = client.post(f"{url}lift/", {"members": [world.otieno.pk, enabled]}, follow=True).content.decode()
    assert "1 customer is enabled with it." in done
    assert [row.kind for row in suspensions.open_of(customer=world.otieno)] == ["hold"]
    assert [row.kind for row in suspensions.open_of(customer=grace)] == ["disabled"]
    assert suspensions.open_of(group=world.default_group) == []


def test_taking_back_a_groups_disabling_leaves_its_members_as_they_were(world: World, client: Client) -> None:
    url = f"{BASE}groups/{world.default_group.pk}/suspension/disabled/"
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    client.post(url, {"reason": "Tower is down"})
    client.post(f"{url}lift/")
    assert suspensions.open_of(group=world.default_group) == []
    assert len(suspensions.open_of(customer=world.otieno)) == 1


def test_members_beyond_those_that_are_listed_have_one_tick(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_of_suspensions, "MEMBERS_LISTED", 1)
    url = f"{BASE}groups/{world.default_group.pk}/suspension/disabled/lift/"
    people = [world.customers[name] for name in ("grace", "neema", "otieno")]
    for row in people:
        suspensions.suspend(customer=row, kind="disabled", by=None)
    text = client.get(url).content.decode()
    assert text.count('name="members"') == 1
    assert "And 2 more, who are not listed" in text
    client.post(url, {"members": [people[0].pk], "others": "on"})
    assert [suspensions.open_of(customer=row) for row in people] == [[], [], []]


def test_a_group_with_customers_stays(world: World, client: Client) -> None:
    group = Group.objects.create(organization=world.organization, name="Full", name_key="full")
    Customer.objects.filter(pk=world.otieno.pk).update(group=group)
    removal = f"{BASE}groups/{group.pk}/removal/"
    assert "Remove group</button>" not in client.get(removal).content.decode()
    response = client.post(removal)
    assert "1 customer is in this group: move them to another one first." in response.content.decode()
    removal = f"{BASE}groups/{world.default_group.pk}/removal/"
    assert "The default group stays" in client.post(removal).content.decode()


def test_a_group_of_deleted_customers_goes(world: World, client: Client) -> None:
    group = Group.objects.create(organization=world.organization, name="Gone", name_key="gone")
    Customer.objects.filter(pk=world.otieno.pk).update(group=group, deleted_at=clock.now())
    url = f"{BASE}groups/{group.pk}/removal/"
    assert (
        "1 deleted customer is in it, and stands in the default group from then on." in client.get(url).content.decode()
    )
    assert client.post(url).status_code == 302
    assert Customer.objects.get(pk=world.otieno.pk).group == world.default_group


def test_sites(world: World, client: Client) -> None:
    client.post(f"{BASE}sites/add/", {"name": "Kibera"})
    site = Site.objects.get(name="Kibera")
    assert "There is a site “KIBERA” already." in client.post(f"{BASE}sites/add/", {"name": "KIBERA"}).content.decode()
    client.post(f"{BASE}sites/{site.pk}/edit/", {"name": "Kibera West"})
    assert "Kibera West" in text_of(client, "sites/")
    assert "Nothing here is called “zebra”" in text_of(client, "sites/?q=zebra")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("customers/", "No customers yet."),
        ("plans/", "No plans yet."),
        ("nas/", "No NAS (router) yet."),
        ("sites/", "No sites yet."),
        ("sessions/", "Nobody is connected."),
    ],
)
def test_an_empty_list_says_what_belongs_there(world: World, path: str, words: str) -> None:
    client = console.client_of(world.neighbour_staff["owner"])
    assert words in client.get(f"/acacia/console/{path}").content.decode()


def test_a_second_press_adds_no_second_plan(world: World, client: Client) -> None:
    values = {**PLAN, "form_token": "0123456789abcdef"}
    client.post(f"{BASE}plans/add/", values)
    assert client.post(f"{BASE}plans/add/", {**values, "name": "Home 21M"}).status_code == 302
    assert not Plan.objects.filter(name="Home 21M").exists()


def test_prices_are_in_the_organizations_money(world: World, client: Client) -> None:
    add_plan(
        organization=world.organization,
        by=None,
        name="Cheap",
        connection_type="hotspot",
        price_minor=50,
        download_kbps=1,
        upload_kbps=1,
        validity_count=1,
        validity_unit="hours",
    )
    assert ">0.50<" in text_of(client, "plans/")


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


def test_a_site_is_removed_once_nothing_uses_it(world: World, client: Client) -> None:
    place = f"sites/{world.site.pk}/removal/"
    assert place not in text_of(client, "sites/")
    answer = client.post(f"{BASE}{place}")
    assert answer.status_code == 400
    # Three customers and hilltop.
    assert "in use by customers or NASes, 4 in all" in answer.content.decode()

    world.organization.customer_set.update(site=None)
    world.organization.nas_set.update(site=None)
    assert place in text_of(client, "sites/")
    assert "The site Hilltop is removed." in client.post(f"{BASE}{place}", follow=True).content.decode()
    assert not Site.objects.filter(pk=world.site.pk).exists()


def test_vouchers_count_as_use_of_a_plan(world: World, client: Client) -> None:
    sold(world)
    sold(world, voided_at=clock.now())
    printed(world, each=3)
    packages = world.day_pass.subscription_set.count()

    shown = client.get(f"{BASE}plans/").context
    rows = {plan.name: shown["counts"][plan.pk] for plan in shown["page"].rows}

    assert rows == {"Day pass": packages + 4, "Home 10M": 2}
    text = text_of(client, f"plans/{world.day_pass.pk}/")
    assert "<dt>Vouchers in use</dt><dd>4</dd>" in text
    assert "Vouchers in use" not in text_of(client, f"plans/{world.home_10m.pk}/")
