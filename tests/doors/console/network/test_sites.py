"""Sites in the console."""

import pytest
from django.test import Client

from headend.system.models import Site
from tests.kit import console
from tests.kit.console import text_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["admin"])


def test_sites(world: World, client: Client) -> None:
    client.post(f"{BASE}sites/add/", {"name": "Kibera"})
    site = Site.objects.get(name="Kibera")
    assert "There is a site “KIBERA” already." in client.post(f"{BASE}sites/add/", {"name": "KIBERA"}).content.decode()
    client.post(f"{BASE}sites/{site.pk}/edit/", {"name": "Kibera West"})
    assert "Kibera West" in text_of(client, "sites/")
    assert "Nothing here is called “zebra”" in text_of(client, "sites/?q=zebra")


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
