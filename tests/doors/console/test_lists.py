"""What lists of the console have in common."""

import pytest
from django.test import Client

from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["admin"])


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
