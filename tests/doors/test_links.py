"""Short addresses: where they lead, what counts as a click, and what stands where one leads nowhere."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from headend.doors.links import views
from headend.lib import clock
from headend.messaging import carriers, links, messages
from headend.messaging.models import Link, Message
from headend.system import organizations
from tests.kit import portal
from tests.kit.verbs import refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NEWS = "https://news.example/tonight?a=1"


def link(world: World, leads_to: str = "portal", address: str = "", code: str = "abcd2345") -> Link:
    if carriers.of(world.organization) is None:
        portal.add_carrier(world.organization)
    messages.queue(
        organization=world.organization, kind="test", to="+254712345678", body="Hello", customer_id=world.otieno.pk
    )
    links.keep(written=[(Message.objects.latest("pk"), code)], leads_to=leads_to, address=address)
    return Link.objects.get(code=code)


@pytest.mark.parametrize(
    ("leads_to", "address", "place"),
    [
        ("portal", "", "/baobab/portal/"),
        ("paying", "", "/baobab/portal/top-up/"),
        ("address", NEWS, NEWS),
    ],
)
def test_it_works(world: World, leads_to: str, address: str, place: str) -> None:
    made = link(world, leads_to, address)
    response = Client().get("/l/abcd2345")
    assert response.status_code == 302
    assert response["Location"].endswith(place)
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    made.refresh_from_db()
    assert made.clicks == 1
    assert made.clicked_at is not None
    assert made.expires_at - clock.now() > timedelta(days=29)
    # A phone's keyboard begins with a capital.
    assert Client().get("/l/Abcd2345").status_code == 302


def test_its_address_is_made_of_the_setting(world: World, settings: object) -> None:
    settings.PUBLIC_URL = "https://net.example"  # type: ignore[attr-defined]  # of pytest-django
    assert links.place_of("abcd2345") == "https://net.example/l/abcd2345"
    link(world)
    response = Client().get("/l/abcd2345", headers={"host": "localhost"})
    assert response["Location"] == "https://net.example/baobab/portal/"


def test_who_only_looks_where_it_leads_is_no_click(world: World) -> None:
    link(world, "address", NEWS)
    assert Client().head("/l/abcd2345")["Location"] == NEWS
    Client().get("/l/abcd2345", headers={"sec-purpose": "prefetch;prerender"})
    Client().get("/l/abcd2345", headers={"purpose": "prefetch"})
    assert Link.objects.get().clicks == 0
    assert Client().post("/l/abcd2345").status_code == 405


def test_one_that_is_over_leads_to_the_account(world: World) -> None:
    organizations.edit(organization=world.organization, by=None, support_phone="0709 118 000")
    link(world, "address", NEWS)
    with time_machine.travel(clock.now() + timedelta(days=links.VALID_DAYS, minutes=1)):
        response = Client().get("/l/abcd2345")
    page = response.content.decode()
    assert response.status_code == 410
    assert "This link is over" in page
    assert 'href="/baobab/portal/"' in page
    assert "0709 118 000" in page
    assert "news.example" not in page
    assert Link.objects.get().clicks == 0


def test_an_unknown_one_says_what_to_do_and_guessing_ends(world: World) -> None:
    link(world)
    client = Client()
    for code in ("zzzzzzzz", "https:", "a" * 300, "%0d%0aSet-Cookie"):
        response = client.get(f"/l/{code}")
        assert response.status_code == 404
        assert "Look at the message again" in response.content.decode()
    for number in range(views.MISSES_OF_SOURCE - 4):
        client.get(f"/l/guess{number}")
    assert client.get("/l/zzzzzzzz").status_code == 429
    # Nor does it tell any more which one is right.
    assert client.get("/l/abcd2345").status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.9").get("/l/abcd2345").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "data:text/html,x", "ftp://x.example/", "//x.example/", "x.example", "", "https://"),
        *("https://bank.example@evil.example/", "https://x.example/ y", "https://x.example/\r\nSet-Cookie: a"),
        *("https:\\\\x.example", "https://[x", "https://x.example:x/", "https://x.example/" + "a" * 500),
    ],
)
def test_only_addresses_of_web_pages_are_taken(address: str) -> None:
    with refused("link_address_wrong", "address"):
        links.refuse_address(address)


def test_it_goes_with_its_message(world: World) -> None:
    link(world)
    Message.objects.update(finished_at=clock.now() - timedelta(days=messages.KEPT_DAYS, minutes=1))
    assert messages.forget() == 1
    assert not Link.objects.exists()
    assert Client().get("/l/abcd2345").status_code == 404
