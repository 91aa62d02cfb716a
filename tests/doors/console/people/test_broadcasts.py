"""*Broadcasts* in the console: from the form to the report."""

from typing import Any

import pytest
from django.test import Client

from headend.customers import customers
from headend.lib import clock
from headend.messaging import broadcasts, opt_outs
from headend.messaging.models import Broadcast, Link, Message
from tests.kit import console, portal, sample
from tests.kit.world import World

pytestmark = pytest.mark.django_db

BASE = "/baobab/console/broadcasts/"
TYPED: dict[str, Any] = {"standing": "all", "days": "7", "presence": "any", "channel": "sms", "leads_to": "portal"}


@pytest.fixture(autouse=True)
def _carrier(world: World) -> None:
    portal.add_carrier(world.organization)


@pytest.fixture
def owner(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def test_from_the_form_to_the_report(world: World, owner: Client) -> None:
    assert "No broadcasts yet" in console.words(owner.get(BASE))
    page = owner.get(f"{BASE}add/")
    data = {
        **TYPED,
        "text": "Hello {first_name}: {link}",
        "part_price": "0.80",
        "form_token": portal.token(page.content),
    }
    customers.register(organization=world.organization, by=None, first_name="Silent")
    opt_outs.add(organization=world.organization, channel="sms", address=world.otieno.phone, how="reply")
    answer = owner.post(f"{BASE}add/", data)
    broadcast = Broadcast.objects.get()
    place = f"{BASE}{broadcast.pk}/"
    assert answer["Location"] == place
    assert owner.post(f"{BASE}add/", data)["Location"] == place
    assert not Message.objects.exists()

    draft = console.words(owner.get(place))
    assert "of 4 found" in draft
    assert "KES 1.60" in draft
    asked = console.words(owner.get(f"{place}beginning/"))
    for said in (
        "Send it to 2 customers?",
        "1 more cannot be reached by it.",
        "1 more has opted out.",
        "It is 2 SMS in all.",
    ):
        assert said in asked
    assert "It costs about KES\xa01.60." in asked or "It costs about KES 1.60." in asked
    owner.post(f"{place}beginning/")
    running = owner.get(place).content.decode()
    assert 'hx-trigger="every 3s"' in running
    assert "0 of 4 customers are done" in running
    assert f'href="{place}edit/"' not in running

    broadcasts.write(broadcast_id=broadcast.pk)
    assert "2 of 4 customers are done" in console.words(owner.get(place))
    part = owner.get(place, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    Message.objects.update(state="delivered", finished_at=clock.now())
    Link.objects.filter(message__customer_id=world.customers["grace"].pk).update(clicks=3, clicked_at=clock.now())
    broadcasts.settle()
    assert owner.get(place, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    report = owner.get(place)
    told = console.words(report)
    assert "hx-trigger" not in report.content.decode()
    for said in ("Finished", "3 clicks", "1 without a number or address, 1 opted out", "KES 1.60"):
        assert said in told.replace("\xa0", " ")
    assert "Finished" in console.words(owner.get(BASE))
    Message.objects.filter(customer_id=world.customers["neema"].pk).update(state="failed", error="number: 403")
    assert "The carrier does not send to this number. (403)" in console.words(owner.get(place))
    of_grace = Message.objects.get(customer_id=world.customers["grace"].pk)
    message = owner.get(f"/baobab/console/messages/{of_grace.pk}/")
    assert "3 times, last" in console.words(message)
    assert f'href="{place}"' in message.content.decode()
    # The price is asked for once.
    assert str(owner.get(f"{BASE}add/").context["form"].initial["part_price"]) == "0.8"


def test_it_is_stopped(world: World, owner: Client) -> None:
    broadcast = sample.broadcast(world.organization)
    place = f"{BASE}{broadcast.pk}/"
    owner.post(f"{place}beginning/")
    broadcasts.write(broadcast_id=broadcast.pk)
    assert "never sent" in console.words(owner.get(f"{place}stop/"))
    owner.post(f"{place}stop/")
    told = console.words(owner.get(place))
    assert "Stopped" in told
    assert "never sent" in told
    assert {message.error for message in Message.objects.all()} == {"stopped"}
    panel = console.words(owner.get(f"/baobab/console/customers/{world.otieno.pk}/panels/messages/"))
    assert "The broadcast was stopped before it was sent." in panel


def test_a_draft_is_changed_and_thrown_away(world: World, owner: Client) -> None:
    broadcast = sample.broadcast(world.organization)
    place = f"{BASE}{broadcast.pk}/"
    form = owner.get(f"{place}edit/").context["form"]
    assert form.initial["text"] == broadcast.text
    data = {**TYPED, "text": "Other", "site": str(world.site.pk), "standing": "expiring", "days": "3"}
    assert owner.post(f"{place}edit/", data)["Location"] == place
    draft = console.words(owner.get(place))
    for said in ("Other", "Package ends within 3 days", "Hilltop", "Would get it"):
        assert said in draft
    again = owner.get(f"{place}edit/").context["form"]
    assert (again.initial["site"], again.initial["standing"]) == (world.site.pk, "expiring")
    owner.post(f"{place}discarding/")
    assert not Broadcast.objects.exists()
    begun = sample.broadcast(world.organization)
    broadcasts.begin(broadcast=begun, by=None)
    assert owner.get(f"{BASE}{begun.pk}/edit/")["Location"] == f"{BASE}{begun.pk}/"
    assert owner.post(f"{BASE}{begun.pk}/discarding/").status_code == 400


def test_mistakes_stand_beside_their_fields(owner: Client) -> None:
    for wrong, field in (
        ({"text": ""}, "text"),
        ({"text": "{oh}"}, "text"),
        ({"text": "x", "days": "0"}, "days"),
        ({"text": "x", "channel": "email"}, "channel"),
        ({"text": "x", "standing": "gone"}, "standing"),
        ({"text": "x", "site": "999"}, "site"),
        ({"text": "x", "part_price": "-1"}, "part_price"),
        ({"text": "x", "part_price": "0.00001"}, "part_price"),
        ({"text": "{link}", "leads_to": "address", "address": "x"}, "address"),
    ):
        told = owner.post(f"{BASE}add/", {**TYPED, **wrong})
        assert told.status_code == 400
        assert list(told.context["form"].errors) == [field], wrong
    part = owner.post(f"{BASE}add/", {**TYPED, "text": "x" * 161, "preview": "1"}).content.decode()
    assert "161 characters: 2 SMS" in part
    page = owner.post(f"{BASE}add/", {**TYPED, "text": "Pay", "generate": "link"})
    assert page.context["form"]["text"].value() == "Pay {link}"
    assert not Broadcast.objects.exists()


def test_without_a_carrier_the_way_to_one_is_shown(world: World, owner: Client) -> None:
    broadcast = sample.broadcast(world.organization)
    world.organization.carrier_set.all().delete()
    page = owner.get(f"{BASE}add/")
    assert "Nobody carries your messages yet." in console.words(page)
    assert 'href="/baobab/console/sms/"' in page.content.decode()
    assert "it cannot be begun" in console.words(owner.get(f"{BASE}{broadcast.pk}/"))
    assert owner.post(f"{BASE}{broadcast.pk}/beginning/").status_code == 400


def test_it_has_a_right_of_its_own(world: World) -> None:
    support = console.client_of(world.staff["support"])
    assert support.get(BASE).status_code == 403
    assert "Broadcasts" not in console.words(support.get("/baobab/console/"))
    assert "Broadcasts" in console.words(console.client_of(world.staff["admin"]).get("/baobab/console/"))
