"""Names and passwords that a NAS presents: revealed, changed, and never in an Event."""

import pytest

from headend.access import credentials, facts, signins, subscriptions
from headend.access.models import Credential
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import ids
from headend.system.models import Job
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db


def opened(world: World, name: str) -> str:
    """The password that a login is checked against."""
    (login,) = facts.load([facts.Lookup(world.organization.pk, name)], facts.clock.now())
    return login.open_secret()


def test_revealing_is_an_event_without_the_password(world: World) -> None:
    operator = world.staff["operator"].staff
    forget()

    assert credentials.reveal(credential=world.credential("otieno"), by=operator) == NETWORK_PASSWORD
    assert credentials.reveal(credential=world.credential("otieno"), by=operator) == NETWORK_PASSWORD

    assert happened() == ["credential.revealed"] * 2
    said = world.organization.event_set.order_by("pk")[0]
    assert (said.staff, said.customer_id, said.personal) == (operator, world.otieno.pk, {"name": "otieno"})
    assert NETWORK_PASSWORD not in written()


def test_another_password_counts_from_now(world: World) -> None:
    forget()

    credentials.set_secret(credential=world.credential("otieno"), secret="Nyumba kumi é", by=None)

    assert opened(world, "otieno") == "Nyumba kumi é"
    assert event("credential.secret_changed").personal == {"name": "otieno"}
    assert "Nyumba" not in written()
    assert not Job.objects.exists()


def test_an_empty_one_is_made(world: World) -> None:
    credentials.set_secret(credential=world.credential("otieno"), secret="", by=None)

    made = opened(world, "otieno")
    assert made != NETWORK_PASSWORD
    assert len(made) == 10


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("12345", "password_short"),
        ("tab\tinside", "password_unreadable"),
        ("nul\0inside", "password_unreadable"),
        ("x" * 129, "password_unreadable"),
        ("é" * 65, "password_unreadable"),
    ],
)
def test_a_password_is_refused(world: World, secret: str, code: str) -> None:
    forget()

    with refused(code, "password"):
        credentials.set_secret(credential=world.credential("otieno"), secret=secret, by=None)

    assert happened() == []
    assert opened(world, "otieno") == NETWORK_PASSWORD


@pytest.mark.parametrize("secret", ["123456", "x" * 128, "é" * 64])
def test_a_password_at_the_edge_is_taken(world: World, secret: str) -> None:
    credentials.set_secret(credential=world.credential("otieno"), secret=secret, by=None)

    assert opened(world, "otieno") == secret


def test_no_password_lies_in_clear(world: World) -> None:
    sealed = [bytes(value) for value in Credential.objects.values_list("secret_sealed", flat=True)]

    assert len(set(sealed)) == 3
    assert all(NETWORK_PASSWORD.encode() not in value for value in sealed)


def test_a_name_is_taken_in_any_spelling(world: World) -> None:
    assert credentials.is_taken(organization_id=world.organization.pk, name=" OTIENO ")
    assert not credentials.is_taken(organization_id=world.organization.pk, name="otieno2")
    assert not credentials.is_taken(organization_id=world.neighbour.pk, name="otieno")


def test_a_name_is_none_that_somebody_else_signs_in_to_the_portal_by(world: World) -> None:
    neema = world.customers["neema"]
    customers.edit(customer=neema, username="Amina", by=None)
    named = {"plan": world.home_10m, "username": "AMINA", "by": None}

    with refused("username_taken", field="username"):
        subscriptions.create(customer=world.otieno, **named)
    assert not Credential.objects.filter(name_key="amina").exists()
    assert subscriptions.create(customer=neema, **named).customer == neema
    namesake = customers.edit(customer=world.otieno, first_name="Amina", last_name="", by=None)
    assert subscriptions.suggest_username(customer=namesake) == "amina2"


@pytest.mark.parametrize(
    "name", ["K7QM3XPT", "k7qm-3xpt", "mary.bach", " kamau 222 ", "K\u20117\u2011QM3XPT", "\uff2b7qm3xpt"]
)
def test_a_name_that_reads_as_a_vouchers_code_is_refused(world: World, name: str) -> None:
    assert len(ids.login_keys(name.strip())) == 2 or ids.name_key(name) == ids.voucher_code(name).casefold()

    with refused("username_is_code", field="username"):
        subscriptions.create(customer=world.otieno, plan=world.home_10m, username=name, by=None)
    with refused("username_is_code", field="username"):
        customers.edit(customer=world.otieno, username=name, by=None)
    with refused("username_is_code", field="username"):
        signins.register(organization=world.organization, password="ndovu-mkubwa-7", first_name="A", username=name)


def test_none_that_reads_as_a_code_is_made(world: World) -> None:
    mary = customers.register(organization=world.organization, by=None, first_name="Mary", last_name="Bach")

    assert subscriptions.suggest_username(customer=mary) == "mary.bach2"
    made = subscriptions.create(customer=mary, plan=world.home_10m, username="mary.bach2", by=None)
    assert made.credential_set.get().name == "mary.bach2"


def test_who_has_such_a_portal_name_from_before_keeps_it(world: World) -> None:
    Customer.objects.filter(pk=world.otieno.pk).update(username="mary.bach", username_key="mary.bach")

    edited = customers.edit(customer=world.otieno, first_name="Mary", username="Mary.Bach", by=None)

    assert (edited.name, edited.username) == ("Mary Ouma", "Mary.Bach")


def test_the_portal_name_of_a_deleted_customer_is_free(world: World) -> None:
    customers.edit(customer=world.customers["neema"], username="amina", by=None)
    removals.delete(customer=world.customers["neema"], by=None)

    subscriptions.create(customer=world.otieno, plan=world.home_10m, username="amina", by=None)

    assert world.credential("amina").subscription_id


def test_the_own_portal_name_is_suggested(world: World) -> None:
    amina = customers.edit(customer=world.otieno, first_name="Amina", last_name="", username="amina", by=None)

    assert subscriptions.suggest_username(customer=amina) == "amina"
