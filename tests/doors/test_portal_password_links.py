"""A new password by the link of a mail, by a code that staff had sent, and asking for a link oneself."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access import password_links, signins
from headend.customers import customers
from headend.lib import clock
from headend.messaging import resets
from headend.messaging.models import Message
from tests.kit import portal
from tests.kit.portal import BASE, PASSWORD
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
EMAIL = "otieno@example.com"


@pytest.fixture(autouse=True)
def _reached(world: World) -> None:
    portal.add_mail_server(world.organization)
    customers.edit(customer=world.otieno, email=EMAIL, by=None)
    world.otieno.refresh_from_db()


@pytest.fixture
def client() -> Client:
    return Client()


def place_of(world: World) -> str:
    return f"{BASE}password/{password_links.make(world.otieno)}/"


def test_reg_7_from_the_link_to_signed_in(world: World, client: Client) -> None:
    place = place_of(world)
    page = client.get(place)
    assert EMAIL in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client.get(place).status_code == 200, "to look at it uses nothing up"
    done = client.post(place, {"password": PASSWORD}, follow=True)
    assert "Your password is set. You are signed in." in done.content.decode()
    assert portal.is_signed_in(client)
    assert signins.check(organization=world.organization, name=EMAIL, password=PASSWORD, source="x").pk

    again = Client().get(place)
    assert again.status_code == 404
    assert "This link is not good any more" in again.content.decode()
    assert Client().post(place, {"password": "another-2026"}).status_code == 404


def test_reg_7_a_bad_password_leaves_the_link_good(world: World, client: Client) -> None:
    place = place_of(world)
    for bad in ("short", "password1", "otieno@example.com"):
        answer = client.post(place, {"password": bad})
        assert answer.status_code == 400, bad
    assert client.post(place, {"password": PASSWORD}).status_code == 302


def test_a_link_signs_whoever_was_signed_in_out(world: World) -> None:
    other = portal.client_of(world.customers["grace"])
    other.post(place_of(world), {"password": PASSWORD})
    assert EMAIL in other.get(f"{BASE}account/").content.decode()


def test_reg_7_a_link_is_asked_for_oneself(world: World, client: Client) -> None:
    assert "Phone number or e-mail" not in client.get(f"{BASE}code/").content.decode(), "nobody carries SMS"
    asked = client.post(f"{BASE}code/", {"phone": f" {EMAIL.upper()} "}, follow=True)
    assert "If this address has an account, a mail with a link is on its way to it." in asked.content.decode()
    message = Message.objects.get()
    assert message.to == EMAIL
    assert client.get(portal.link_in(message)).status_code == 200
    assert portal.link_in(message) not in written()


def test_the_answer_does_not_tell_whose_address_it_is(world: World) -> None:
    answers = []
    for address in (EMAIL, "nobody@example.com"):
        browser = Client()
        answer = browser.post(f"{BASE}code/", {"phone": address}, follow=True)
        answers.append((answer.redirect_chain, answer.content.decode().split("<main")[1]))
    assert answers[0] == answers[1]
    assert Message.objects.count() == 1


def test_an_address_is_sent_few_links(world: World) -> None:
    codes = [Client().post(f"{BASE}code/", {"phone": EMAIL}).status_code for _ in range(5)]
    assert codes == [302, 302, 302, 429, 429]
    assert Message.objects.count() == 3


def test_with_both_either_is_asked_for(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    assert "Phone number or e-mail" in client.get(f"{BASE}code/").content.decode()
    assert client.post(f"{BASE}code/", {"phone": "0712345678"})["Location"] == f"{BASE}code/check/"
    assert client.post(f"{BASE}code/", {"phone": EMAIL})["Location"] == f"{BASE}code/mailed/"


def test_reg_7_a_code_that_staff_had_sent_sets_a_password_in_any_browser(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    customers.edit(customer=world.otieno, email="", by=None)
    world.otieno.refresh_from_db()
    resets.send(customer=world.otieno, key="k", by=None)
    code = portal.code_sent_to(world.otieno.phone)
    place = f"{BASE}code/check/"
    assert "Type the code that came by SMS" in client.get(place).content.decode()
    with clock.at(clock.now() + timedelta(hours=20)):
        wrong = client.post(place, {"phone": "0712345678", "code": "000000", "password": PASSWORD})
        assert wrong.status_code == 400
        assert client.post(place, {"phone": "07", "code": code, "password": PASSWORD}).status_code == 400
        done = client.post(place, {"phone": "0712 345678", "code": code, "password": PASSWORD})
        assert done.status_code == 302
        assert portal.is_signed_in(client)


def test_nothing_of_a_link_is_where_another_organization_is(world: World, client: Client) -> None:
    token = password_links.make(world.otieno)
    assert client.get(f"/acacia/portal/password/{token}/").status_code == 404
