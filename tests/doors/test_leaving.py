"""Saying by a mail's own address that nothing promotional shall come: asked first, done by a POST, taken back by another."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from headend.doors.links import views
from headend.messaging import mails, messages, opt_outs
from headend.messaging.models import Channel, Message, OptOut
from headend.system.models import Event
from tests.kit import mail
from tests.kit.mail import TO
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def place(world: World, address: str = TO) -> str:
    return urlsplit(mails.unsubscribe_place(world.organization, address)).path


def queue(world: World, *, is_promotional: bool = True) -> bool:
    return messages.queue(
        organization=world.organization,
        kind="test",
        channel=Channel.EMAIL,
        to=TO,
        subject="News",
        body="News",
        is_promotional=is_promotional,
    )


def test_it_asks_and_then_does_it(world: World) -> None:
    mail.add_server(world.organization)
    client = Client()
    page = client.get(place(world))
    assert "No more of these e-mails?" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert queue(world)

    for _ in range(2):
        page = client.post(place(world))
        assert page.status_code == 200
        assert "You get no more of them" in page.content.decode()
    assert not queue(world)
    assert queue(world, is_promotional=False)
    assert OptOut.objects.get().how == "link"
    assert Event.objects.filter(kind="opt_out.added").count() == 1
    assert "You get no more of them" in client.get(place(world)).content.decode()

    client.post(place(world), {"again": "1"})
    assert queue(world)
    assert "No more of these e-mails?" in client.get(place(world)).content.decode()
    assert Message.objects.count() == 3


def test_a_mail_program_presses_it_for_somebody(world: World) -> None:
    """Without a cookie, a page and a token of a form (RFC 8058)."""
    client = Client(enforce_csrf_checks=True)
    response = client.post(place(world), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert opt_outs.is_out(world.organization, Channel.EMAIL, TO)
    assert not opt_outs.is_out(world.neighbour, Channel.EMAIL, TO)
    assert not opt_outs.is_out(world.organization, Channel.EMAIL, "grace@example.org")


@pytest.mark.parametrize("token", ["x", "W10.abc", "x" * 5000])
def test_an_address_that_nobody_was_given_leads_nowhere(world: World, token: str) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/l/off/{token}/").status_code == 404
    assert not OptOut.objects.exists()


def test_guessing_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MISSES_OF_SOURCE", 2)
    client = Client()
    assert [client.post("/l/off/x/").status_code for _ in range(4)] == [404, 404, 429, 429]


def test_other_ways_to_ask(world: World) -> None:
    assert Client().head(place(world)).status_code == 200
    assert Client().delete(place(world)).status_code == 405
    assert not OptOut.objects.exists()
