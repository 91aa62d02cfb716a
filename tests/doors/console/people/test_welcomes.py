"""*Send credentials via email* on Add Customer, and *Password Reset*."""

from typing import Any

import pytest
from django.test import Client

from headend.customers import customers
from headend.customers.models import Customer
from headend.doors.worker import loop
from headend.messaging import carriers
from headend.messaging.models import Message
from tests.kit import console, portal
from tests.kit.console import words
from tests.kit.mail import MailServer
from tests.kit.newcomer import ADD, BASE, add, form, refused
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
EMAIL = "john@example.org"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def messages(kind: str) -> list[Message]:
    loop.notices.hand_on()
    return list(Message.objects.filter(kind=kind))


def test_trap_3_ticked_the_mail_has_login_password_portal_name_and_colour(
    world: World, client: Client, settings: Any
) -> None:
    settings.MAY_REACH_INSIDE = True
    with MailServer() as server:
        carriers.set_up(organization=world.organization, setup=server.setup(), by=None)
        add(client, world, email=EMAIL, send_credentials="on")
        loop.run_once()
        (mail,) = [mail for mail in server.sent if mail.parsed["Subject"] == "Welcome to Baobab Net"]
    for part in (mail.part("plain"), mail.part("html")):
        assert EMAIL in part
        assert "johns-secret" in part
        assert "/baobab/portal/" in part
        assert "Baobab Net" in part
    assert world.organization.accent in mail.part("html")
    assert "List-Unsubscribe" not in mail.parsed
    assert "johns-secret" not in written()


def test_trap_3_not_ticked_there_is_none(world: World, client: Client) -> None:
    portal.add_mail_server(world.organization)
    add(client, world, email=EMAIL)
    assert not messages("welcome.by_staff")
    assert not messages("welcome.registered")


def test_reg_9_without_a_package_the_mail_has_a_link(world: World, client: Client) -> None:
    portal.add_mail_server(world.organization)
    response = client.post(ADD, form(world, connection_type="none", email=EMAIL, send_credentials="on"))
    assert response.status_code == 302, words(response)
    (message,) = messages("welcome.by_staff")
    assert Client().get(portal.link_in(message)).status_code == 200


@pytest.mark.parametrize(
    ("more", "has_mail", "said"),
    [
        ({}, True, "Give the e-mail address to which the credentials go."),
        ({"email": EMAIL}, False, "No mail server is set up: no e-mail can be sent."),
    ],
)
def test_ticked_and_nothing_can_be_sent(
    world: World, client: Client, more: dict[str, str], has_mail: bool, said: str
) -> None:
    if has_mail:
        portal.add_mail_server(world.organization)
    assert said in refused(client, world, send_credentials="on", **more)


def test_the_form_sent_twice_sends_one_mail(world: World, client: Client) -> None:
    portal.add_mail_server(world.organization)
    sent = form(world, email=EMAIL, send_credentials="on", form_token="a" * 32)
    for _ in range(2):
        assert client.post(ADD, sent).status_code == 302
    assert len(messages("welcome.by_staff")) == 1
    assert Customer.objects.filter(first_name="John").count() == 1


def test_reg_7_password_reset_from_the_customer_s_page(world: World, client: Client) -> None:
    portal.add_mail_server(world.organization)
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    place = f"{BASE}{world.otieno.pk}/password-reset/"
    for page in (f"{BASE}{world.otieno.pk}/", f"{BASE}{world.otieno.pk}/edit/"):
        assert place in client.get(page).content.decode()
    asked = words(client.get(place))
    assert "An e-mail to otieno@example.com with a link that works once" in asked
    done = words(client.post(place, follow=True))
    assert "The password reset is on its way to Otieno" in done
    assert "Password Reset sent by E-mail" in done
    (message,) = messages("password.reset")
    assert Client().get(portal.link_in(message)).status_code == 200


def test_reg_7_who_cannot_be_reached_is_told_of_another_way(world: World, client: Client) -> None:
    asked = words(client.get(f"{BASE}{world.otieno.pk}/password-reset/"))
    assert "Nothing reaches this customer" in asked
    assert "Set portal password" in asked
    assert client.post(f"{BASE}{world.otieno.pk}/password-reset/").status_code == 400
    assert not Message.objects.exists()


def test_reg_10_payment_details_go_by_mail_too(world: World, client: Client) -> None:
    portal.add_mail_server(world.organization)
    portal.add_carrier(world.organization)
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    asked = words(client.get(f"{BASE}{world.otieno.pk}/details/"))
    assert "An e-mail to otieno@example.com, with the account number and how to pay." in asked
    assert "An SMS to 0712 345678, with the account number and how to pay." in asked
    client.post(f"{BASE}{world.otieno.pk}/details/")
    assert sorted(message.channel for message in messages("details.sent")) == ["email", "sms"]
