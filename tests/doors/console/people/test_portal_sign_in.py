"""How staff help customers to their own pages: a username and a password for the portal."""

import pytest
from django.test import Client

from headend.access import signins
from tests.kit import console
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["cashier"])


def page(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def hub(world: World, client: Client) -> str:
    return page(client, f"customers/{world.otieno.pk}/")


def test_a_portal_password(world: World) -> None:
    operator = console.client_of(world.staff["operator"])
    place = f"customers/{world.otieno.pk}/password/"
    assert "Set portal password" in page(operator, place)
    assert "password of the router" in hub(world, operator)
    response = operator.post(f"{BASE}{place}", {"password": "short"})
    assert response.status_code == 400
    assert response.context["form"].errors["password"] == ["A password needs 8 characters or more."]

    text = operator.post(f"{BASE}{place}", {"password": "long-enough"}, follow=True).content.decode()

    assert "Otieno Ouma has a new portal password." in text
    assert "own password" in text
    assert "Portal password set, by Operator of Baobab Net" in text
    found = signins.check(organization=world.organization, name="0712345678", password="long-enough", source="x")
    assert found == world.otieno
    # The router's is another one.
    assert NETWORK_PASSWORD not in text


def person(world: World, **more: str) -> dict[str, str]:
    return {"first_name": "Otieno", "last_name": "Ouma", "group": str(world.default_group.pk), **more}


def test_a_portal_username(world: World) -> None:
    operator = console.client_of(world.staff["operator"])
    place = f"{BASE}customers/{world.otieno.pk}/edit/"
    text = operator.post(place, person(world, phone="0712345678", username="Simba"), follow=True).content.decode()
    assert '<span class="mono">Simba</span>' in text
    assert "portal username: from — to Simba" in text
    operator.post(f"{BASE}customers/{world.otieno.pk}/password/", {"password": "long-enough"})
    found = signins.check(organization=world.organization, name="simba", password="long-enough", source="x")
    assert found == world.otieno
    # His own name at the router is his.
    assert operator.post(place, person(world, phone="0712345678", username="otieno")).status_code == 302


@pytest.mark.parametrize(
    ("username", "text"),
    [
        ("SIMBA", "Username already exists"),
        ("neema", "Username already exists"),
        ("0768274519", "A username is no phone number or e-mail of somebody else."),
        ("a@b.example", "A username is no phone number or e-mail of somebody else."),
    ],
)
def test_a_portal_username_that_is_not_to_be_had(world: World, username: str, text: str) -> None:
    operator = console.client_of(world.staff["operator"])
    grace = f"{BASE}customers/{world.customers['grace'].pk}/edit/"
    operator.post(grace, person(world, first_name="Grace", username="simba"))
    response = operator.post(
        f"{BASE}customers/{world.otieno.pk}/edit/", person(world, phone="0712345678", username=username)
    )
    assert response.status_code == 400
    assert text in str(response.context["form"].errors["username"])


def test_who_registered_alone_is_told_apart(world: World, client: Client) -> None:
    signins.register(
        organization=world.organization, first_name="Eve", phone="0733900118", password="long-enough", username="eve"
    )
    eve = world.organization.customer_set.get(first_name="Eve")
    text = page(client, f"customers/{eve.pk}/")
    assert "Registered with account number BN-100004" in text
    assert "own password" in text
