"""An empty installation's dashboard leads to the first customer online."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access import plans, subscriptions
from headend.access.models import Session
from headend.customers import customers
from headend.lib import clock
from headend.network import nas
from headend.network.models import NAS
from headend.system import sites
from tests.kit import console
from tests.kit.verbs import connects
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/acacia/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.neighbour_staff["owner"])


def steps(client: Client) -> list[str]:
    return [step.state for step in client.get(BASE).context["first_steps"]]


def main_actions(client: Client) -> list[tuple[str, str]]:
    """Label and address of the filled buttons of the page."""
    text = console.words(client.get(BASE)).split('<main class="page"')[1]
    parts = text.split('<a class="btn primary" href="')[1:]
    return [(part.split(">")[1].split("<")[0], part.split('"')[0]) for part in parts]


def test_it_leads_to_the_first_login(world: World, client: Client) -> None:
    organization = world.neighbour
    assert steps(client) == ["next", "later", "later", "later", "later"]
    assert main_actions(client) == [("Add site", f"{BASE}sites/add/")]

    sites.add(organization=organization, name="Roof", by=None)
    assert steps(client)[:2] == ["done", "next"]
    assert main_actions(client) == [("Add NAS", f"{BASE}nas/add/")]

    router = nas.add(organization=organization, by=None, name="roof-1", address="10.9.0.1")
    assert main_actions(client) == [("Add plan", f"{BASE}plans/add/")]

    plan = plans.add(
        organization=organization,
        by=None,
        name="Home",
        connection_type="pppoe",
        price_minor=100,
        download_kbps=1000,
        upload_kbps=1000,
        validity_count=1,
        validity_unit="months",
    )
    assert main_actions(client) == [("Add Customer", f"{BASE}customers/add/")]

    customer = customers.register(organization=organization, by=None, first_name="Zawadi", phone="0733900118")
    assert steps(client) == ["done", "done", "done", "done", "next"]
    assert main_actions(client) == [("See what to paste", f"{BASE}nas/{router.pk}/")]
    assert "Nothing was heard from it yet." in console.words(client.get(BASE))

    NAS.objects.filter(pk=router.pk).update(last_seen_at=clock.now())
    assert main_actions(client) == [("See why Zawadi is not online", f"{BASE}customers/{customer.pk}/")]

    package = subscriptions.create(customer=customer, plan=plan, username="zawadi", by=None)
    Session.objects.create(
        organization=organization,
        nas=router,
        subscription=package,
        customer=customer,
        user_name="zawadi",
        acct_session_id="1",
        started_at=clock.now() - timedelta(minutes=1),
        updated_at=clock.now(),
    )

    assert client.get(BASE).context["first_steps"] == []
    # Then the dashboard has its own main action, which begins with an icon.
    assert main_actions(client) == [("", f"{BASE}customers/add/")]
    assert "Your first customer online" not in console.words(client.get(BASE))


def test_a_name_that_is_not_ours_is_no_first_login(world: World) -> None:
    client = console.client_of(world.staff["admin"])
    connects(world, "a-stranger")
    assert client.get("/baobab/console/").context["first_steps"] != []
    connects(world, "otieno", session="81a00002")
    assert client.get("/baobab/console/").context["first_steps"] == []


def test_it_does_not_begin_anew_when_old_sessions_are_dropped(world: World) -> None:
    client = console.client_of(world.staff["owner"])
    connects(world, "otieno")
    world.otieno_home.usageday_set.create(organization=world.organization, day=clock.now().date())
    Session.objects.all().delete()
    assert client.get("/baobab/console/").context["first_steps"] == []


@pytest.mark.parametrize("role", ["operator", "cashier", "support"])
def test_who_cannot_take_the_steps_is_not_shown_them(world: World, role: str) -> None:
    response = console.client_of(world.neighbour_staff[role]).get(BASE)
    assert response.context["first_steps"] == []
    assert "Your first customer online" not in console.words(response)


def test_every_step_opens(world: World, client: Client) -> None:
    for step in client.get(BASE).context["first_steps"][:4]:
        assert client.get(step.url).status_code == 200
