"""Plans in the console: what is needed of one, what is refused, and what editing leaves as it was."""

from typing import Any

import pytest
from django.test import Client

from headend.access.models import Plan
from headend.access.plans import add as add_plan
from headend.lib import clock
from tests.kit import console
from tests.kit.console import text_of
from tests.kit.vouchers import printed, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["admin"])


def shown(form: Any) -> dict[str, Any]:
    """What a browser would send of a form that nobody has touched."""
    return {name: value for name in form.fields if (value := form[name].value()) not in (None, "", False)}


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
    values = shown(form)
    assert values["download"] == "10"
    response = client.post(f"{url}edit/", {**values, "price": "2,600"})
    assert response["Location"] == url
    world.home_10m.refresh_from_db()
    world.otieno_home.refresh_from_db()
    assert (world.home_10m.price_minor, world.otieno_home.price_minor) == (260_000, 250_000)


def test_a_plan_that_is_saved_unchanged_stays_as_it_is(world: World, client: Client) -> None:
    url = f"{BASE}plans/{world.day_pass.pk}/edit/"
    values = shown(client.get(url).context["form"])
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
