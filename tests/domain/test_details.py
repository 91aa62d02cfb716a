"""*Send Payment Details*: what stands in the message, what staff may read of it, and when nothing is sent."""

import pytest

from headend.billing import signups
from headend.billing.signups import Charge, Package
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.messaging import details
from headend.messaging.models import Message
from tests.kit import portal
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _carrier(world: World) -> None:
    portal.add_carrier(world.organization)


def send(world: World, customer: Customer | None = None, *, with_logins: bool = False, key: str = "k") -> Message:
    details.send(customer=customer or world.otieno, with_logins=with_logins, key=key, by=world.staff["operator"].staff)
    return Message.objects.get()


def test_it_works(world: World) -> None:
    forget()
    message = send(world)
    body = portal.body(message)
    assert message.to == "+254712345678"
    assert message.kind == "details.sent"
    assert body.startswith("Baobab Net: your account number is BN-100001. Pay at ")
    assert "/baobab/portal/, or to us with this number as the reference." in body
    assert "owe" not in body
    assert "otieno" not in body
    assert message.shown == body
    assert (event("details.sent").staff, event("details.sent").payload) == (
        world.staff["operator"].staff,
        {"logins": 0},
    )


def test_with_the_logins_the_password_is_in_the_message_alone(world: World) -> None:
    forget()
    message = send(world, with_logins=True)
    assert f"Username otieno, password {NETWORK_PASSWORD}." in portal.body(message)
    assert "Username otieno, password ••••." in message.shown
    assert happened() == ["credential.revealed", "details.sent"]
    assert event("details.sent").payload == {"logins": 1}
    assert NETWORK_PASSWORD not in written()


def test_who_has_an_additional_account_number_pays_by_that(world: World) -> None:
    customers.edit(customer=world.otieno, by=None, extra_account_number="farm 7")
    body = portal.body(send(world, Customer.objects.get(pk=world.otieno.pk)))
    assert body.startswith("Baobab Net: your account number is FARM7. Pay at ")
    assert "BN-100001" not in body


def test_what_is_owed_is_said(world: World) -> None:
    person = {"first_name": "John", "phone": "0733900118"}
    bought = signups.sign_up(
        organization=world.organization,
        person=person,
        package=Package(world.home_10m),
        charge=Charge(),
        activate=True,
        key="s",
        by=None,
    )
    assert "You owe KES 2,500.00." in portal.body(send(world, bought.customer))


def test_the_same_key_again_sends_nothing_more(world: World) -> None:
    send(world)
    send(world)
    assert event("details.sent")


def test_nothing_is_sent_where_nobody_would_get_it(world: World) -> None:
    silent = customers.register(organization=world.organization, by=None, first_name="Silent")
    with refused("phone_absent"):
        send(world, silent)
    removals.delete(customer=world.otieno, by=None)
    world.otieno.refresh_from_db()
    with refused("customer_is_deleted"):
        send(world)
    with refused("customer_is_deleted"):
        details.refuse_to(customer=world.otieno)
    assert not Message.objects.exists()


def test_without_a_carrier_it_is_refused(world: World) -> None:
    world.organization.carrier_set.all().delete()
    forget()
    with refused("sms_absent"):
        send(world, with_logins=True)
    # Nobody has seen the password.
    assert happened() == []
