"""The stylesheet and the logo of an organization, served to anybody."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from headend.system import logos, organizations
from headend.ui import brand
from headend.ui.templatetags import show
from tests.kit import console, pictures
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client()


def test_it_works(world: World, client: Client) -> None:
    organizations.edit(organization=world.organization, by=None, accent="#f2b52e")
    url = show.theme_url(world.organization)
    assert url == f"/baobab/brand/theme-{brand.digest('#f2b52e')}.css"

    response = client.get(url)

    assert response.content.decode() == brand.stylesheet("#f2b52e")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Vary" not in response
    assert not response.cookies


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(pictures.png(), "image/png"), (pictures.JPEG, "image/jpeg"), (pictures.WEBP, "image/webp")],
    ids=["png", "jpeg", "webp"],
)
def test_the_logo(world: World, client: Client, content: bytes, media_type: str) -> None:
    logo = logos.put(organization=world.organization, content=content, by=None)

    response = client.get(f"/baobab/brand/logo-{logo.digest}.{logo.extension}")

    assert response.content == content
    assert response["Content-Type"] == media_type
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Vary" not in response
    assert not response.cookies


def test_another_digest_or_ending_is_nothing(world: World, client: Client) -> None:
    logo = logos.put(organization=world.organization, content=pictures.JPEG, by=None)
    theirs = brand.digest(world.neighbour.accent)
    organizations.edit(organization=world.organization, by=None, accent="#f2b52e")
    old = [
        "theme-000000000000.css",
        # The digest of the colour that the organization had.
        f"theme-{theirs}.css",
        f"logo-{logo.digest}.png",
        f"logo-{logo.digest[:-1]}.jpg",
        "logo-0000000000000000.jpg",
    ]
    assert client.get(f"/acacia/brand/theme-{theirs}.css").status_code == 200
    assert [client.get(f"/baobab/brand/{name}").status_code for name in old] == [404] * len(old)

    logos.put(organization=world.organization, content=pictures.WEBP, by=None)
    assert client.get(f"/baobab/brand/logo-{logo.digest}.jpg").status_code == 404


def test_a_logo_is_that_of_its_organization(world: World, client: Client) -> None:
    logo = logos.put(organization=world.organization, content=pictures.JPEG, by=None)

    assert client.get(f"/acacia/brand/logo-{logo.digest}.jpg").status_code == 404
    assert client.get(f"/nobody/brand/logo-{logo.digest}.jpg").status_code == 404
    assert client.get(f"/nobody/brand/theme-{brand.digest(world.organization.accent)}.css").status_code == 404


def test_it_is_only_read(world: World, client: Client) -> None:
    assert client.post(show.theme_url(world.organization)).status_code == 405
    assert client.head(show.theme_url(world.organization)).status_code == 200


def test_pages_show_the_logo_and_ask_once(world: World) -> None:
    owner = console.client_of(world.staff["owner"])
    with CaptureQueriesContext(connection) as without:
        assert '<svg class="logo"' in owner.get("/baobab/console/").content.decode()
    logo = logos.put(organization=world.organization, content=pictures.png(300, 80), by=None)

    with CaptureQueriesContext(connection) as queries:
        page = owner.get("/baobab/console/").content.decode()

    image = f'<img class="logo" src="/baobab/brand/logo-{logo.digest}.png" width="300" height="80" alt="">'
    assert page.count(image) == 2
    assert '<svg class="logo"' not in page
    assert len(queries) == len(without)
    assert not any('"content"' in query["sql"] for query in queries)
