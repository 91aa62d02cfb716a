"""*Message* in the console: on a customer's page, and on the list for the first ten of it."""

from typing import Any

import pytest
from django.test import Client

from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.messaging import links
from headend.messaging.models import Link, Message
from tests.kit import console, portal
from tests.kit.world import World

pytestmark = pytest.mark.django_db

LIST = "/baobab/console/customers/message/"


@pytest.fixture
def place(world: World) -> str:
    return f"/baobab/console/customers/{world.otieno.pk}/message/"


@pytest.fixture
def owner(world: World) -> Client:
    return console.client_of(world.staff["owner"])


@pytest.fixture
def _carriers(world: World) -> None:
    """Somebody who carries SMS, and somebody who carries e-mail."""
    portal.add_carrier(world.organization)
    portal.add_mail_server(world.organization)


def many(world: World, number: int) -> list[Customer]:
    return [
        customers.register(
            organization=world.organization,
            by=None,
            first_name="Maria",
            last_name=f"Otto {each:02d}",
            phone=f"07310001{each:02d}",
            email=f"maria{each}@x.example" if each % 2 else "",
        )
        for each in range(number)
    ]


def sent() -> list[tuple[str, str, str]]:
    return [(each.channel, each.to, portal.body(each)) for each in Message.objects.order_by("pk")]


@pytest.mark.usefixtures("_carriers")
def test_msg_2_number_and_address_are_filled_in_and_can_be_others(world: World, owner: Client, place: str) -> None:
    customers.edit(customer=world.otieno, by=None, email="otieno@x.example")
    page = owner.get(place)
    assert page.context["form"].initial["phone"] == "+254712345678"
    assert page.context["form"].initial["email"] == "otieno@x.example"
    typed = {"text": "Hello {first_name}", "subject": "News", "form_token": portal.token(page.content)}
    told = owner.post(place, {**typed, "phone": "0733 900 118", "email": "wife@x.example", "by": "both"}, follow=True)
    assert "The message is on its way to Otieno Ouma." in console.words(told)
    assert sent() == [("sms", "+254733900118", "Hello Otieno"), ("email", "wife@x.example", "Hello Otieno")]
    owner.post(place, {**typed, "phone": "0733 900 118", "email": "wife@x.example", "by": "both"})
    assert len(sent()) == 2
    assert "Hello Otieno" in console.words(owner.get(f"/baobab/console/customers/{world.otieno.pk}/panels/messages/"))
    assert "Message by SMS and E-mail" in console.words(owner.get(f"/baobab/console/customers/{world.otieno.pk}/"))


@pytest.mark.usefixtures("_carriers")
@pytest.mark.parametrize(
    ("by", "phone", "email", "channels"),
    [
        ("both", "", "a@x.example", ["email"]),
        ("both", "0712345678", "", ["sms"]),
        ("sms", "0712345678", "a@x.example", ["sms"]),
        ("email", "0712345678", "a@x.example", ["email"]),
    ],
)
def test_trap_9_a_blank_one_is_not_sent_and_a_button_sends_by_its_own(
    owner: Client, place: str, by: str, phone: str, email: str, channels: list[str]
) -> None:
    owner.post(place, {"text": "Hello", "subject": "News", "phone": phone, "email": email, "by": by})
    assert [channel for channel, _to, _body in sent()] == channels


@pytest.mark.usefixtures("_carriers")
def test_msg_2_mistakes_stand_beside_their_fields(owner: Client, place: str) -> None:
    for data, field in (
        ({"text": "Hello", "by": "both"}, "phone"),
        ({"text": "Hello", "phone": "", "email": "a@x.example", "by": "sms"}, "phone"),
        ({"text": "Hello", "phone": "0712345678", "email": "", "by": "email"}, "phone"),
        ({"text": "Hello", "phone": "12", "by": "sms"}, "phone"),
        ({"text": "Hello", "email": "otieno", "subject": "x", "by": "email"}, "email"),
        ({"text": "Hello", "email": "a@x.example", "by": "email"}, "subject"),
        ({"text": "{oh}", "phone": "0712345678", "by": "sms"}, "text"),
        ({"text": "", "phone": "0712345678", "by": "sms"}, "text"),
        ({"text": "{link}", "leads_to": "address", "address": "x", "phone": "0712345678", "by": "sms"}, "address"),
        ({"text": "x", "leads_to": "moon", "phone": "0712345678", "by": "sms"}, "leads_to"),
    ):
        told = owner.post(place, data)
        assert told.status_code == 400
        assert list(told.context["form"].errors) == [field], data
    assert not sent()


@pytest.mark.usefixtures("_carriers")
def test_msg_1_a_short_url_is_put_in_and_shown_as_long_as_it_will_be(owner: Client, place: str) -> None:
    typed: dict[str, Any] = {"text": "Pay here", "leads_to": "paying", "phone": "0712345678"}
    page = owner.post(place, {**typed, "generate": "link"})
    assert page.context["form"]["text"].value() == "Pay here {link}"
    assert f"Pay here {links.place_of(links.SAMPLE)}" in console.words(page)
    # A second press puts in no second one.
    again = owner.post(place, {**typed, "text": "Pay {link}", "generate": "link"})
    assert again.context["form"]["text"].value() == "Pay {link}"
    # By a script, the part alone.
    part = owner.post(place, {**typed, "text": "x" * 161, "preview": "1"}).content.decode()
    assert "<html" not in part
    assert "161 characters: 2 SMS" in part
    assert "half" not in part
    assert "more than twice" in owner.post(place, {**typed, "text": "Karibu \u2603", "preview": "1"}).content.decode()
    assert not sent()
    owner.post(place, {**typed, "text": "Pay {link}", "by": "sms"})
    link = Link.objects.get()
    assert sent()[0][2] == f"Pay {links.place_of(link.code)}"
    assert link.leads_to == "paying"


def test_msg_2_nobody_carries_messages_yet(world: World, owner: Client, place: str) -> None:
    page = owner.get(place)
    assert "Nobody carries your messages yet." in console.words(page)
    assert 'href="/baobab/console/sms/"' in page.content.decode()
    assert 'href="/baobab/console/e-mail/"' in page.content.decode()
    support = console.client_of(world.staff["support"]).get(place)
    assert "An owner or admin sets up" in console.words(support)
    assert 'href="/baobab/console/sms/"' not in support.content.decode()
    told = owner.post(place, {"text": "Hello", "by": "sms"})
    assert told.status_code == 400
    portal.add_carrier(world.organization)
    page = owner.get(place)
    assert "Nobody carries e-mail yet." in console.words(page)
    assert "email" not in page.context["form"].fields


@pytest.mark.usefixtures("_carriers")
def test_msg_2_who_is_deleted_is_not_written_to(world: World, owner: Client, place: str) -> None:
    removals.delete(customer=world.otieno, by=None)
    assert "This customer is deleted" in console.words(owner.get(place))
    assert owner.post(place, {"text": "Hello", "phone": "0712345678", "by": "sms"}).status_code == 400
    assert not sent()


@pytest.mark.usefixtures("_carriers")
def test_trap_9_of_25_found_the_10_named_get_it(world: World, owner: Client) -> None:
    many(world, 25)
    found = owner.get("/baobab/console/customers/?q=maria")
    assert found.content.decode().count("Otto") >= 25
    assert f'href="{LIST}?q=maria"' in found.content.decode()

    page = owner.get(f"{LIST}?q=maria")
    named = [line.customer for line in page.context["outcome"].lines]
    assert [customer.pk for customer in named] == [row.customer.pk for row in found.context["page"].rows[:10]]
    told = console.words(page)
    assert "To the first 10 of the list:" in told
    assert all(customer.name in told for customer in named)
    data = {"text": "Hello", "to": page.context["form"].initial["to"], "form_token": portal.token(page.content)}
    # Somebody comes who would stand first: those who were named get it all the same.
    customers.register(
        organization=world.organization, by=None, first_name="Maria", last_name="Aaron", phone="0731000199"
    )
    answer = owner.post(f"{LIST}?q=maria", {**data, "by": "sms"})
    assert answer["Location"] == "/baobab/console/customers/?q=maria"
    assert "on its way to 10 customers" in console.words(owner.get(answer["Location"]))
    assert [to for _channel, to, _body in sent()] == [customer.phone for customer in named]
    owner.post(f"{LIST}?q=maria", {**data, "by": "sms"})
    assert len(sent()) == 10


@pytest.mark.usefixtures("_carriers")
def test_msg_1_by_email_it_goes_to_those_who_have_one(world: World, owner: Client) -> None:
    many(world, 4)
    page = owner.get(f"{LIST}?q=maria")
    assert "no e-mail" in console.words(page)
    typed = {"text": "Hello {link}", "subject": "News", "to": page.context["form"].initial["to"]}
    preview = owner.post(f"{LIST}?q=maria", {**typed, "preview": "1"})
    assert "4 SMS in all." in console.words(preview)
    told = owner.post(f"{LIST}?q=maria", {**typed, "by": "email"}, follow=True)
    assert "on its way to 2 customers" in console.words(told)
    assert {to for _channel, to, _body in sent()} == {"maria1@x.example", "maria3@x.example"}
    assert Link.objects.count() == 2


@pytest.mark.usefixtures("_carriers")
def test_msg_1_only_customers_of_the_organization_and_no_more_than_ten(world: World, owner: Client) -> None:
    mine = many(world, 11)
    other = customers.register(organization=world.neighbour, by=None, first_name="Juma", phone="0731000199")
    for to in (f"{mine[0].pk},{other.pk}", ",".join(str(each.pk) for each in mine), str(2**62)):
        assert owner.post(LIST, {"text": "Hello", "to": to, "by": "sms"}).status_code == 404
    for to in ("", "x", "-1", str(2**70)):
        assert owner.post(LIST, {"text": "Hello", "to": to, "by": "sms"}).status_code == 400
    removals.delete(customer=mine[0], by=None)
    owner.post(LIST, {"text": "Hello", "to": f"{mine[0].pk},{mine[1].pk},{mine[1].pk}", "by": "sms"})
    assert [to for _channel, to, _body in sent()] == [mine[1].phone]


@pytest.mark.usefixtures("_carriers")
def test_msg_1_deleted_ones_are_not_listed_for_it(world: World, owner: Client) -> None:
    removals.delete(customer=world.otieno, by=None)
    deleted = owner.get("/baobab/console/customers/?view=deleted").content.decode()
    assert f'href="{LIST}' not in deleted
    assert "The list is empty" in console.words(owner.get(f"{LIST}?view=deleted"))
    assert "The list is empty" in console.words(owner.get(f"{LIST}?q=nobodyiscalledthis"))
