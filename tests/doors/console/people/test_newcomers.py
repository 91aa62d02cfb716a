"""Who can be added: what must be known of them, a phone of somebody else, a company, a further account number."""

import pytest
from django.test import Client

from headend.customers.models import Customer
from tests.kit import console
from tests.kit.console import words
from tests.kit.newcomer import ADD, BASE, add, form, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def test_who_must_be_known_for_what(world: World, client: Client) -> None:
    text = refused(client, world, full_name="", phone="")
    assert "Give the full name, or a company." in text
    assert "Give the phone number." in text
    values = {"connection_type": "hotspot", "plan": str(world.day_pass.pk), "full_name": "", "username": ""}
    assert client.post(ADD, form(world, **values)).status_code == 302
    guest = Customer.objects.get(phone="+254733900118")
    assert guest.subscription_set.get().credential_set.get().name == "254733900118"


def test_cus_11_for_a_hotspot_guest_a_phone_number_is_enough(world: World, client: Client) -> None:
    guest = {"connection_type": "hotspot", "plan": str(world.day_pass.pk), "full_name": "", "username": ""}
    assert "For a hotspot guest a phone number is enough." in words(client.get(ADD))
    text = refused(client, world, **guest, phone="020 2012345")
    assert "is a landline" in text
    assert "It can be their contact phone all the same." in text
    # A contact is nobody's name: a guest with a landline alone has to have one.
    text = refused(client, world, **guest, phone="", no_mobile="on", contact_phone="020 2012345")
    assert "Give a first or last name, a company or a phone." in text
    assert client.post(ADD, form(world, **guest)).status_code == 302
    assert Customer.objects.get(phone="+254733900118").name == "+254733900118"


@pytest.mark.parametrize("kind", ["pppoe", "hotspot", "none"])
@pytest.mark.parametrize(
    ("typed", "kept"),
    [("020 2012345", "+254202012345"), ("", ""), ("0722 418 903", "+254722418903")],
    ids=["a landline", "no phone at all", "what a relative signs in with"],
)
def test_somebody_without_a_mobile_of_their_own_is_added(
    world: World, client: Client, kind: str, typed: str, kept: str
) -> None:
    plan = world.day_pass if kind == "hotspot" else world.home_10m
    values = {"connection_type": kind, "plan": str(plan.pk), "phone": "", "contact_phone": typed}
    if kind != "none":
        assert "Give the phone number. Without a mobile of their own, tick it below." in refused(
            client, world, **values
        )

    john = add(client, world, **values, no_mobile="on")

    assert (john.phone, john.contact_phone) == ("", kept)
    text = words(client.get(f"{BASE}{john.pk}/"))
    assert ("Contact phone" in text) is bool(kept)
    assert ("Grace Wanjiru Mwangi</a> signs in with it" in text) is kept.endswith("903")


def test_what_will_not_work_without_a_mobile_is_said_beside_the_field(world: World, client: Client) -> None:
    text = words(client.get(ADD))
    assert "Without a mobile number they get no SMS and no request to pay on the phone" in text
    assert "it gets no SMS and no request to pay, and does not sign them in." in text

    def said(**more: str) -> str:
        return words(client.post(ADD, form(world, preview="1", **more)))

    says = "No SMS, no request to pay on a phone, no sign-in to the portal by phone"
    grace = world.customers["grace"]
    assert says not in said()
    assert says not in said(no_mobile="on")
    assert says in said(no_mobile="on", phone="")
    assert "signs in with this number" in said(no_mobile="on", phone="", contact_phone="0722418903")
    assert "signs in with this number" not in said(contact_phone="0722418903")
    # Beside the field too, where the form comes back; with the way to her.
    page = client.post(
        ADD, form(world, full_name="", phone="", no_mobile="on", contact_phone="0722418903")
    ).content.decode()
    assert (
        f'<a href="{BASE}{grace.pk}/">Grace Wanjiru Mwangi</a> ({grace.account_number}) signs in with this number.'
        in page
    )


def test_a_phone_that_somebody_signs_in_with_leads_to_the_contact(world: World, client: Client) -> None:
    text = refused(client, world, phone="0722418903")
    assert "Grace Wanjiru Mwangi (BN-100002) has this phone already." in text
    assert "has this phone already. It can be their contact phone all the same.</a>" in text


def test_a_contact_that_was_typed_before_its_tick_was_taken_off_is_not_seen(world: World, client: Client) -> None:
    assert add(client, world, contact_phone="nonsense").contact_phone == ""


def test_the_contact_phone_is_changed_and_named(world: World, client: Client) -> None:
    place = f"{BASE}{world.otieno.pk}/edit/"
    values = {"first_name": "Otieno", "group": str(world.default_group.pk), "phone": "", "contact_phone": "0722418903"}
    assert client.post(place, values).status_code == 302
    otieno = Customer.objects.get(pk=world.otieno.pk)
    assert (otieno.phone, otieno.contact_phone) == ("", "+254722418903")
    assert "Grace Wanjiru Mwangi</a> (BN-100002) signs in with this number." in words(client.get(place))
    # The list names it where there is no other number.
    assert "0722 418903" in words(client.get(f"{BASE}?q=otieno"))
    assert "“02CALL” is not one phone number." in words(client.post(place, {**values, "contact_phone": "02CALL"}))


def test_a_company_without_a_person(world: World, client: Client) -> None:
    response = client.post(ADD, form(world, full_name="", company="Duka Ltd"))
    assert response.status_code == 302
    assert Customer.objects.get(company="Duka Ltd").name == "Duka Ltd"
