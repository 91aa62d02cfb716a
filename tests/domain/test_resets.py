"""*Password Reset*, and the welcome with credentials: what is sent, how long it is good, and where the secret is."""

from datetime import timedelta

import pytest
from django.core import signing

from headend.access import password_links, signins, subscriptions
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import clock
from headend.messaging import carriers, codes, notices, resets, texts, welcomes
from headend.messaging.catalogue import people
from headend.messaging.models import Message
from headend.system.models import Organization
from tests.kit import portal
from tests.kit.portal import PASSWORD
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db
EMAIL = "otieno@example.com"


@pytest.fixture(autouse=True)
def _reached(world: World) -> None:
    portal.add_carrier(world.organization)
    portal.add_mail_server(world.organization)
    customers.edit(customer=world.otieno, email=EMAIL, by=None)
    world.otieno.refresh_from_db()
    forget()


def find(token: str, organization: Organization) -> Customer:
    return password_links.find(organization=organization, token=token)


def token_in(message: Message) -> str:
    return portal.link_in(message).split("/")[-2]


def off(world: World, channel: str, notice: str = "password.reset") -> None:
    texts.NoticeSwitch.objects.create(organization=world.organization, notice=notice, channel=channel, is_on=False)


# ---- the link ----


def test_reg_7_a_link_is_good_until_the_password_is_another(world: World) -> None:
    token = password_links.make(world.otieno)
    other = password_links.make(world.otieno)
    customer = find(token, world.organization)
    assert customer.pk == world.otieno.pk
    signins.set_password(customer=customer, password=PASSWORD, by=None)
    for each in (token, other):
        with refused("link_over"):
            find(each, world.organization)


def test_reg_7_a_link_is_good_for_three_days(world: World) -> None:
    token = password_links.make(world.otieno)
    with clock.at(clock.now() + timedelta(days=3) - timedelta(minutes=1)):
        assert find(token, world.organization)
    with clock.at(clock.now() + timedelta(days=3)), refused("link_over"):
        find(token, world.organization)


def test_a_link_is_of_one_organization_and_nobody_who_is_deleted(world: World) -> None:
    token = password_links.make(world.otieno)
    with refused("link_over"):
        find(token, world.neighbour)
    removals.delete(customer=world.otieno, by=None)
    with refused("link_over"):
        find(token, world.organization)


def test_a_link_to_an_address_that_was_corrected_is_good_no_more(world: World) -> None:
    token = password_links.make(world.otieno)
    customers.edit(customer=world.otieno, email="right@example.com", by=None)
    with refused("link_over"):
        find(token, world.organization)


@pytest.mark.parametrize("made_up", ["", "x", "a:b", "é", "W10:abc", "x" * 5000])
def test_a_link_that_nobody_made(world: World, made_up: str) -> None:
    with refused("link_over"):
        find(made_up, world.organization)
    with refused("link_over"):
        find(password_links.make(world.otieno)[:-1] + "_", world.organization)
    foreign = signing.Signer(salt="another").sign_object([world.otieno.uid.hex, 2**40, "x"])
    with refused("link_over"):
        find(foreign, world.organization)


# ---- Password Reset ----


def test_reg_7_it_works(world: World) -> None:
    assert resets.send(customer=world.otieno, key="k", by=world.staff["operator"].staff) == "email"
    message = Message.objects.get()
    assert (message.kind, message.channel, message.to, message.lane) == ("password.reset", "email", EMAIL, "now")
    assert find(token_in(message), world.organization).pk == world.otieno.pk
    assert token_in(message) not in message.shown + message.subject + written()
    assert happened() == ["password.reset_sent"]
    assert event("password.reset_sent").payload == {"channel": "email"}


def test_the_same_key_again_sends_nothing_more(world: World) -> None:
    for _ in range(2):
        resets.send(customer=world.otieno, key="k", by=None)
    assert Message.objects.count() == 1
    assert happened() == ["password.reset_sent"]


@pytest.mark.parametrize("why", ["no address", "nobody carries it", "switched off"])
def test_reg_7_without_an_e_mail_a_code_goes_by_sms(world: World, why: str) -> None:
    if why == "no address":
        customers.edit(customer=world.otieno, email="", by=None)
        world.otieno.refresh_from_db()
    elif why == "nobody carries it":
        mail = carriers.of(world.organization, "email")
        assert mail is not None
        carriers.switch(carrier=mail, is_on=False, by=None)
    else:
        off(world, "email")
    assert resets.send(customer=world.otieno, key="k", by=None) == "sms"
    code = portal.code_sent_to(world.otieno.phone)
    assert code not in Message.objects.get().shown
    assert code not in written()
    with clock.at(clock.now() + timedelta(hours=23)):
        codes.check(organization=world.organization, purpose=codes.PORTAL_PASSWORD, phone=world.otieno.phone, code=code)


def test_who_cannot_be_reached(world: World) -> None:
    customers.edit(customer=world.otieno, email="", phone="", by=None)
    world.otieno.refresh_from_db()
    with refused("unreachable"):
        resets.send(customer=world.otieno, key="k", by=None)
    off(world, "email")
    off(world, "sms")
    with refused("unreachable"):
        resets.send(customer=world.customers["grace"], key="k", by=None)
    removals.delete(customer=world.otieno, by=None)
    with refused("customer_is_deleted"):
        resets.send(customer=Customer.objects.get(pk=world.otieno.pk), key="k", by=None)
    assert not Message.objects.exists()


# ---- the welcome ----


def test_reg_9_added_by_staff_the_password_is_in_the_mail_alone(world: World) -> None:
    welcomes.send(customer=world.otieno, by=world.staff["operator"].staff)
    message = Message.objects.get()
    body = portal.body(message)
    assert f"Sign in here with {EMAIL}:" in body
    assert f"Password: {NETWORK_PASSWORD}\nUsername to connect by: otieno" in body
    assert "/baobab/portal/" in body
    assert "Password: ••••\nUsername to connect by: otieno" in message.shown
    assert NETWORK_PASSWORD not in written()
    assert happened() == ["welcome.sent"]


def test_it_is_sent_once(world: World) -> None:
    for _ in range(2):
        welcomes.send(customer=world.otieno, by=None)
    assert Message.objects.count() == 1
    assert happened() == ["welcome.sent"]


@pytest.mark.parametrize("has_package", [True, False])
def test_who_has_no_password_that_could_be_told_gets_a_link(world: World, has_package: bool) -> None:
    if has_package:
        signins.set_password(customer=world.otieno, password=PASSWORD, by=None)
    else:
        subscriptions.end(subscription=world.otieno_home, by=None)
    welcomes.send(customer=world.otieno, by=None)
    message = Message.objects.get()
    assert find(token_in(message), world.organization).pk == world.otieno.pk
    assert "password/••••" not in message.shown
    assert token_in(message) not in message.shown


def test_why_no_welcome_is_sent(world: World) -> None:
    with refused("email_absent", "email"):
        welcomes.send(customer=world.customers["grace"], by=None)
    off(world, "email", "welcome.by_staff")
    with refused("welcome_off", "send_credentials"):
        welcomes.send(customer=world.otieno, by=None)
    mail = carriers.of(world.organization, "email")
    assert mail is not None
    carriers.switch(carrier=mail, is_on=False, by=None)
    with refused("mail_absent", "send_credentials"):
        welcomes.send(customer=world.otieno, by=None)
    assert not Message.objects.exists()


def test_reg_5_who_registers_alone_is_welcomed_without_the_password(world: World) -> None:
    amina = signins.register(
        organization=world.organization, first_name="Amina", email="amina@example.com", password=PASSWORD
    )
    while notices.hand_on():
        pass
    message = Message.objects.get()
    assert (message.kind, message.to) == ("welcome.registered", "amina@example.com")
    assert amina.account_number in message.shown
    assert "Sign in with amina@example.com" in message.shown
    assert PASSWORD not in portal.body(message)


def test_nobody_else_is_welcomed(world: World) -> None:
    """Neither whom staff added without the tick, nor a guest who bought at a hotspot."""
    for by in (world.staff["operator"].staff, None):
        name = "Staff" if by else "Guest"
        customers.register(organization=world.organization, by=by, first_name=name, email=f"{name}@example.com")
    while notices.hand_on():
        pass
    assert not Message.objects.exists()


def test_the_link_of_own_words(world: World) -> None:
    ours = texts.ours(people.PASSWORD_RESET, "email", "en")
    assert "{link}" in str(ours.body)
    with refused("notice_place_needed", "body"):
        texts.save(
            organization=world.organization,
            notice="password.reset",
            channel="email",
            text=texts.Text("Set another at {portal}", "New password"),
            is_on=True,
            by=None,
        )
