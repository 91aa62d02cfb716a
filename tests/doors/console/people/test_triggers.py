"""Usage triggers in the console: on a customer's page, and those of the organization for everybody."""

import pytest
from django.test import Client

from headend.access import triggers
from headend.access.models import DefaultTrigger, Trigger
from headend.customers import customers
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
DEFAULTS = "/baobab/console/usage-triggers/"


@pytest.fixture
def place(world: World) -> str:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    return f"/baobab/console/customers/{world.otieno.pk}/"


@pytest.fixture
def owner(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def test_not_3_a_trigger_is_added_with_what_is_filled_in_and_deleted(world: World, owner: Client, place: str) -> None:
    initial = owner.get(f"{place}triggers/add/").context["form"].initial
    assert (initial["percent"], initial["email"], initial["phone"]) == (80, "otieno@example.com", "0712 345678")

    typed = {name: initial[name] for name in ("percent", "email", "phone", "form_token")}
    for answer in ("Usage is told at 80 %.", "That was saved already."):
        assert answer in console.words(owner.post(f"{place}triggers/add/", typed, follow=True))
    row = Trigger.objects.get()
    assert (row.percent, row.email, row.phone) == (80, "otieno@example.com", world.otieno.phone)
    panel = console.words(owner.get(f"{place}panels/triggers/"))
    assert "80 %" in panel
    assert "otieno@example.com" in panel
    assert "Usage trigger at 80 % added" in console.words(owner.get(place))

    asked = console.words(owner.get(f"/baobab/console/triggers/{row.pk}/deletion/"))
    assert "It tells otieno@example.com and 0712 345678 how much data Otieno Ouma has used." in asked
    owner.post(f"/baobab/console/triggers/{row.pk}/deletion/")
    assert not Trigger.objects.exists()
    assert "Nobody is told by a trigger" in console.words(owner.get(f"{place}panels/triggers/"))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"percent": "80", "email": "", "phone": ""}, "email"),
        ({"percent": "0", "email": "a@example.com"}, "percent"),
        ({"percent": "101", "email": "a@example.com"}, "percent"),
        ({"percent": "some", "email": "a@example.com"}, "percent"),
        ({"percent": "80", "email": "a@"}, "email"),
        ({"percent": "80", "phone": "020 2555666"}, "phone"),
        ({"percent": "80", "phone": "12"}, "phone"),
    ],
)
def test_not_3_what_cannot_be_is_told_beside_its_field(
    owner: Client, place: str, typed: dict[str, str], field: str
) -> None:
    told = owner.post(f"{place}triggers/add/", typed)
    assert told.status_code == 400
    assert list(told.context["form"].errors) == [field]


def test_not_3_the_page_says_that_defaults_hold_too(world: World, owner: Client, place: str) -> None:
    owner.post(f"{DEFAULTS}add/", {"percent": "80", "by_email": "on", "by_sms": "on"})
    owner.post(f"{DEFAULTS}add/", {"percent": "100", "by_sms": "on"})
    for client, may_change in ((owner, True), (console.client_of(world.staff["support"]), False)):
        panel = console.words(client.get(f"{place}panels/triggers/"))
        assert "Like every customer, this one is also told:" in panel
        assert "at 80 % by e-mail and SMS" in panel
        assert "at 100 % by SMS" in panel
        assert (DEFAULTS in panel) is may_change


def test_use_7_defaults_are_listed_added_and_deleted(owner: Client) -> None:
    assert "Usage triggers" in console.words(owner.get("/baobab/console/notices/"))
    assert "No customer is told by itself" in console.words(owner.get(DEFAULTS))
    refused = owner.post(f"{DEFAULTS}add/", {"percent": "80"})
    assert list(refused.context["form"].errors) == ["by_email"]
    told = owner.post(f"{DEFAULTS}add/", {"percent": "80", "by_email": "on"}, follow=True)
    assert "Every customer is told at 80 %." in console.words(told)
    row = DefaultTrigger.objects.get()
    assert (row.by_email, row.by_sms) == (True, False)
    twice = owner.post(f"{DEFAULTS}add/", {"percent": "80", "by_sms": "on"})
    assert "There is such a trigger at 80 % already." in console.words(twice)
    owner.post(f"{DEFAULTS}{row.pk}/deletion/")
    assert not DefaultTrigger.objects.exists()


def test_use_7_a_deleted_customer_s_panel_offers_none(world: World, owner: Client, place: str) -> None:
    triggers.add(customer=world.otieno, percent=80, email="a@example.com", by=None)
    owner.post(f"{place}deletion/", {"reason": "x"})
    assert "triggers/add/" not in console.words(owner.get(f"{place}panels/triggers/"))
