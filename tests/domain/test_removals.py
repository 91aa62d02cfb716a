"""Deleting hides a customer; undeleting gives back what is left."""

import pytest

from headend.access import facts
from headend.access.authorize import Code, Grant, Refusal, decide
from headend.access.models import Credential, Subscription
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from tests.verbs import enforced, event, forget, happened
from tests.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    admin = world.staff["admin"].staff
    forget()

    removals.delete(customer=world.otieno, by=admin)

    decision = decide(facts.for_name(world.organization, "otieno"))
    assert isinstance(decision, Refusal)
    assert decision.code is Code.CUSTOMER_DELETED
    assert (event("customer.deleted").staff, event("customer.deleted").customer_id) == (admin, world.otieno.pk)
    assert enforced() == {("customer", world.otieno.pk)}
    # Nothing is ended by it.
    assert Subscription.objects.get(pk=world.otieno_home.pk).ended_at is None
    assert Credential.objects.get(name="otieno").ended_at is None
    forget()

    returned = removals.undelete(customer=world.otieno, by=admin)

    assert (returned.customer, returned.lost) == (world.otieno, {})
    assert returned.customer.phone == "+254712345678"
    assert isinstance(decide(facts.for_name(world.organization, "otieno")), Grant)
    assert event("customer.undeleted").payload == {"lost": []}
    assert enforced() == {("customer", world.otieno.pk)}


def test_a_second_press_does_no_harm(world: World) -> None:
    forget()

    removals.delete(customer=world.otieno, by=None)
    deleted_at = Customer.objects.get(pk=world.otieno.pk).deleted_at
    removals.delete(customer=world.otieno, by=None)
    assert Customer.objects.get(pk=world.otieno.pk).deleted_at == deleted_at
    removals.undelete(customer=world.otieno, by=None)
    removals.undelete(customer=world.otieno, by=None)

    assert happened() == ["customer.deleted", "customer.undeleted"]


def test_what_somebody_took_meanwhile_comes_back_empty(world: World) -> None:
    customers.edit(customer=world.otieno, by=None, email="otieno@example.com")
    removals.delete(customer=world.otieno, by=None)
    heir = customers.register(organization=world.organization, by=None, first_name="Heir", phone="0712345678")
    other = customers.register(organization=world.organization, by=None, first_name="Other", email="OTIENO@example.com")

    returned = removals.undelete(customer=world.otieno, by=None)

    assert returned.lost == {"phone": heir, "email": other}
    stored = Customer.objects.get(pk=world.otieno.pk)
    assert (stored.name, stored.phone, stored.email, stored.email_key) == ("Otieno Ouma", "", "", "")
    assert event("customer.undeleted").payload == {"lost": ["email", "phone"]}


def test_whoever_was_only_a_phone_gets_the_account_number_for_a_name(world: World) -> None:
    customer = customers.register(organization=world.organization, by=None, phone="0733111222")
    removals.delete(customer=customer, by=None)
    customers.register(organization=world.organization, by=None, first_name="Heir", phone="0733111222")

    returned = removals.undelete(customer=customer, by=None)

    assert returned.customer.name == customer.account_number
    assert returned.customer.sort_key == customer.account_number.lower()


def test_the_same_phone_elsewhere_takes_nothing(world: World) -> None:
    removals.delete(customer=world.otieno, by=None)
    customers.register(organization=world.neighbour, by=None, first_name="Heir", phone="0712345678")

    assert removals.undelete(customer=world.otieno, by=None).lost == {}
