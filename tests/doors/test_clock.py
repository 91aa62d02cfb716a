"""The console says that the clock is not trusted, lets staff in at any time of the world, and takes the owner's word."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from headend.lib import clock
from headend.system import clocks
from headend.system.models import Event
from tests.kit.world import PASSWORD, World

BANNER = "The clock of this server is not trusted"
BUTTON = "The time is right"
WRONG = [datetime(1970, 1, 1, 0, 1, tzinfo=UTC), datetime(2038, 1, 19, tzinfo=UTC)]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clocks, "_was_trusted", True)
    monkeypatch.setattr(clocks, "_next_look", 0.0)
    yield
    clock.know_nothing()


def signed_in(world: World, role: str) -> Client:
    """By the form, as somebody does who comes in to see what is wrong."""
    client = Client()
    client.post("/baobab/console/sign-in/", {"email": f"{role}@baobab.example", "password": PASSWORD})
    return client


def page(client: Client, path: str = "/baobab/console/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("wrong", WRONG)
def test_it_works(world: World, wrong: datetime) -> None:
    clocks._keep("clock", clock.now())
    with time_machine.travel(wrong):
        clocks.load()
        owner = signed_in(world, "owner")
        for path in ("/baobab/console/", "/baobab/console/customers/", "/baobab/console/settings/"):
            shown = page(owner, path)
            assert BANNER in shown
            assert str(wrong.year) in shown
        assert "not trusted" in page(owner, "/readyz")

        owner.post("/baobab/console/clock/")

        assert BANNER not in page(owner)
        assert page(owner, "/readyz") == "ready\n"
    assert Event.objects.get(kind="clock.confirmed").staff == world.staff["owner"].staff


def test_who_was_signed_in_before_the_clock_fell_back_stays_so(world: World) -> None:
    owner = signed_in(world, "owner")
    clocks.load()

    with time_machine.travel(WRONG[0]):
        assert BANNER in page(owner)
    assert BANNER not in page(owner), "it came right by itself"


@pytest.mark.parametrize(("role", "buttons"), [("admin", 1), ("cashier", 0)])
def test_the_others_are_told_and_cannot_say_so(world: World, role: str, buttons: int) -> None:
    clocks._keep("clock", clock.now())
    with time_machine.travel(WRONG[0]):
        clocks.load()
        shown = page(signed_in(world, role))

    assert BANNER in shown
    assert shown.count(BUTTON) == buttons


def test_a_trusted_clock_is_not_spoken_of(world: World) -> None:
    clocks.load()

    assert BANNER not in page(signed_in(world, "owner"))
