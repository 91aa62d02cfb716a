"""Deleting hides a customer; undeleting gives back what is left."""

import pytest

from headend.access import credentials, facts, subscriptions
from headend.access.authorize import Code, Grant, Refusal, decide
from headend.access.models import Credential, Subscription
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from tests.kit.verbs import enforced, event, forget, happened, refused
from tests.kit.world import World

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


def fixed(world: World, customer: Customer, username: str, address: str) -> Subscription:
    return subscriptions.create(
        customer=customer, plan=world.home_10m, username=username, framed_address=address, by=None
    )


def code_of(world: World, name: str) -> str:
    decision = decide(facts.for_name(world.organization, name))
    return decision.code if isinstance(decision, Refusal) else ""


def test_a_deleted_customer_frees_the_router_name_and_the_fixed_address(world: World) -> None:
    grace = world.customers["grace"]
    own = fixed(world, world.otieno, "simba", "10.0.3.7")
    removals.delete(customer=world.otieno, by=None)
    assert code_of(world, "simba") == "customer_deleted"

    taken = fixed(world, grace, "SIMBA", "10.0.3.7")
    customers.edit(customer=grace, by=None, username="otieno")

    assert facts.for_name(world.organization, "simba").customer_id == grace.pk
    returned = removals.undelete(customer=world.otieno, by=None)
    assert [(lost.what, lost.value, lost.holder) for lost in returned.of_packages] == [
        # A name of the portal is one of the same kind: customers sign in by either.
        ("router_name", "otieno", grace),
        ("router_name", "simba", grace),
        ("address", "10.0.3.7", grace),
    ]
    assert event("customer.undeleted").payload == {"lost": ["address", "router_name"]}
    own.refresh_from_db()
    assert (own.framed_address, own.released_address, own.ended_at) == ("", "", None)
    assert not Credential.objects.filter(subscription__customer=world.otieno, ended_at=None).exists()
    assert taken.credential_set.get().ended_at is None
    assert Subscription.objects.get(pk=taken.pk).framed_address == "10.0.3.7"


def test_what_nobody_took_is_there_again_and_what_was_given_up_meanwhile_too(world: World) -> None:
    grace = world.customers["grace"]
    own = fixed(world, world.otieno, "simba", "10.0.3.7")
    password = credentials.open_secret(own.credential_set.get())
    removals.delete(customer=world.otieno, by=None)
    assert Subscription.objects.get(pk=own.pk).framed_address == ""
    subscriptions.end(subscription=fixed(world, grace, "simba", "10.0.3.7"), by=None)
    gone = fixed(world, grace, "Simba", "10.0.3.7")
    removals.delete(customer=grace, by=None)

    assert removals.undelete(customer=world.otieno, by=None).of_packages == []

    assert Subscription.objects.get(pk=own.pk).framed_address == "10.0.3.7"
    assert credentials.open_secret(world.credential("simba")) == password
    lost = removals.undelete(customer=grace, by=None).of_packages
    assert [(one.what, one.holder) for one in lost] == [("router_name", world.otieno), ("address", world.otieno)]
    assert gone.credential_set.get().ended_at is not None


def test_a_portal_username_that_others_connect_by_comes_back_empty(world: World) -> None:
    customers.edit(customer=world.otieno, by=None, username="simba")
    removals.delete(customer=world.otieno, by=None)
    fixed(world, world.customers["grace"], "simba", "")

    returned = removals.undelete(customer=world.otieno, by=None)

    assert returned.lost == {"username": world.customers["grace"]}
    assert (returned.customer.username, returned.customer.username_key) == ("", "")


def test_what_came_back_empty_can_be_given_anew(world: World) -> None:
    own = fixed(world, world.otieno, "simba", "10.0.3.7")
    removals.delete(customer=world.otieno, by=None)
    fixed(world, world.customers["grace"], "simba", "10.0.3.7")
    removals.undelete(customer=world.otieno, by=None)
    forget()

    with refused("username_taken", "username"):
        subscriptions.complete(subscription=own, username="Simba", framed_address="10.0.3.8", by=None)
    with refused("framed_address_taken", "framed_address"):
        subscriptions.complete(subscription=own, username="simba2", framed_address="10.0.3.7", by=None)
    assert happened() == []

    subscriptions.complete(subscription=own, username="simba2", framed_address="10.0.3.8", by=None)
    # What it has stays.
    subscriptions.complete(subscription=own, username="simba3", framed_address="10.0.3.9", by=None)

    assert facts.for_name(world.organization, "simba2").framed_address == "10.0.3.8"
    said = event("subscription.completed")
    assert said.payload == {"plan": "Home 10M", "given": ["address", "username"]}
    assert said.personal == {"address": "10.0.3.8", "username": "simba2"}
    subscriptions.end(subscription=own, by=None)
    with refused("subscription_ended"):
        subscriptions.complete(subscription=own, username="simba4", by=None)
