"""The list of customers: its search, its order, its views and its pages."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access.models import Subscription
from headend.customers import customers, suspensions
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import clock
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/customers/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list(world: World, client: Client) -> None:
    text = page(client, BASE)
    assert text.index("Grace Wanjiru Mwangi") < text.index("Neema Atieno") < text.index("Otieno Ouma")
    for part in ("BN-100001", "0712 345678", "Home 10M", "Active"):
        assert part in text


def test_it_sorts_by_what_has_an_index(world: World, client: Client) -> None:
    falling = page(client, f"{BASE}?sort=-name")
    assert falling.index("Otieno Ouma") < falling.index("Grace Wanjiru Mwangi")
    assert 'aria-sort="descending"' in falling
    assert page(client, f"{BASE}?sort=password") != falling


@pytest.mark.parametrize("query", ["otieno", "OUMA", "0712 345 678", "+254712345678", "BN-100001", "DC:2C:6E:41:00:01"])
def test_the_search_finds_by_anything(world: World, client: Client, query: str) -> None:
    from headend.access import devices

    devices.seen([(world.organization.pk, world.otieno.pk, "DC2C6E410001")], clock.now())
    response = client.get(BASE, {"q": query})
    assert "Otieno Ouma" in response.content.decode()
    assert "Grace Wanjiru" not in response.content.decode()


def test_more_than_fifty_are_told_as_such(world: World, client: Client) -> None:
    for number in range(51):
        customers.register(organization=world.organization, by=None, first_name="Wafula", last_name=f"No{number:02d}")
    says = "More than 50 customers are found. These are the 50 that fit best"
    text = page(client, f"{BASE}?q=wafula")
    assert says in text
    assert "1 to 50 of 50" not in text
    removals.delete(customer=Customer.objects.get(last_name="No50"), by=None)
    text = page(client, f"{BASE}?q=wafula")
    assert says not in text
    assert "1 to 50 of 50" in text
    assert "Wafula No50" in page(client, f"{BASE}?view=deleted&q=wafula")


def test_a_search_that_finds_nothing_says_what_to_try(world: World, client: Client) -> None:
    assert "No customer is found by “zebra”" in page(client, f"{BASE}?q=zebra")


def test_saved_views(world: World, client: Client) -> None:
    console.make_session(world)
    suspensions.suspend(customer=world.customers["grace"], kind="abuse", by=None)
    Subscription.objects.filter(pk=world.subscriptions["neema"].pk).update(expires_at=clock.now() + timedelta(days=3))

    def shown(view: str) -> set[str]:
        text = page(client, f"{BASE}?view={view}")
        return {name for name in ("Otieno Ouma", "Grace Wanjiru Mwangi", "Neema Atieno") if name in text}

    assert shown("all") == {"Otieno Ouma", "Grace Wanjiru Mwangi", "Neema Atieno"}
    assert shown("online") == {"Otieno Ouma"}
    assert shown("halted") == {"Grace Wanjiru Mwangi"}
    assert shown("expiring") == {"Neema Atieno"}
    assert shown("deleted") == set()


def test_a_page_holds_fifty(world: World, client: Client) -> None:
    for number in range(60):
        customers.register(organization=world.organization, by=None, company=f"Company {number:02d}")
    text = page(client, BASE)
    assert "1 to 50 of 63" in text
    assert "?page=2" in text
    assert "51 to 63 of 63" in page(client, f"{BASE}?page=2")
    assert "1 to 50 of 63" in page(client, f"{BASE}?page=9")
    assert "1 to 50 of 63" in page(client, f"{BASE}?page=x")
