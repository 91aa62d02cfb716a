"""All messages of an organization: found by customer, words, state and channel, read, and sent again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from headend.desk import removals
from headend.doors.worker import loop
from headend.lib import clock
from headend.messaging import messages, opt_outs, resending
from headend.messaging.models import Message
from headend.reports import messages as report
from headend.system.models import Event
from tests.kit import console, portal
from tests.kit.verbs import refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/messages/"
PHONE = "+254712345678"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["support"])


def made(world: World, shown: str = "Hello", **columns: Any) -> Message:
    given = {"kind": "test", "to": PHONE, "customer_id": world.otieno.pk, "channel": "sms", "state": "sent"}
    return Message.objects.create(organization=world.organization, shown=shown, **{**given, **columns})


def listed(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{BASE}?{query}")
    assert answer.status_code == 200
    return [message.shown for message, _name in answer.context["rows"]]


def test_not_8_the_log_is_narrowed(world: World, client: Client) -> None:
    made(world, "Your package")
    made(world, "A code ••••", customer_id=None, to="+254733900100")
    made(world, "Failed one", state="failed", error="credit: no money", channel="email", to="otieno@x.example")
    made(world, "Thank you", is_incoming=True, state="delivered")
    made(world, "Arrived", state="delivered")
    made(world, "Waits", state="queued", customer_id=world.customers["grace"].pk, to="+254722000111")
    Message.objects.create(organization=world.neighbour, kind="test", to=PHONE, shown="Of the neighbour", channel="sms")

    newest = ["Waits", "Arrived", "Thank you", "Failed one", "A code ••••", "Your package"]
    assert listed(client) == newest
    assert listed(client, "q=grace") == ["Waits"]
    assert listed(client, "text=PACKAGE") == ["Your package"]
    assert listed(client, "text=733900100") == ["A code ••••"]
    assert listed(client, "text=x.example") == ["Failed one"]
    for state, shown in {
        "waiting": ["Waits"],
        "sent": ["A code ••••", "Your package"],
        "delivered": ["Arrived"],
        "failed": ["Failed one"],
        "unknown": [],
        "received": ["Thank you"],
    }.items():
        assert listed(client, f"state={state}") == shown
    assert listed(client, "channel=email") == ["Failed one"]
    assert listed(client, "channel=sms&q=otieno&state=delivered") == ["Arrived"]
    assert listed(client, "text=nothing+of+this") == []
    assert client.get(f"{BASE}?state=odd").status_code == 400
    page = client.get(BASE).content.decode()
    for words in (
        "There is not enough credit at the carrier. (no money)",
        "Received",
        "Delivered",
        "Waiting to be sent",
    ):
        assert words in page


def test_a_page_ends_where_the_next_begins(world: World, client: Client) -> None:
    for number in range(120):
        made(world, f"Number {number}")
    shown, place = [], BASE
    while place:
        answer = client.get(place)
        shown += [message.shown for message, _name in answer.context["rows"]]
        place = answer.context["older"]
    assert shown == [f"Number {number}" for number in reversed(range(120))]
    for odd in ("x", "-1", "9" * 30, "0"):
        assert client.get(f"{BASE}?before={odd}").status_code == 200


def test_looking_ends_and_goes_on(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LOOKED_THROUGH", 10)
    made(world, "The needle")
    for number in range(15):
        made(world, f"Hay {number}")
    answer = client.get(f"{BASE}?text=needle")
    assert "Look further back" in answer.content.decode()
    assert listed(client, answer.context["older"].partition("?")[2]) == ["The needle"]
    # Of a customer all are looked at.
    assert listed(client, "text=needle&q=otieno") == ["The needle"]


def test_one_message(world: World, client: Client) -> None:
    message = made(
        world, "Hello\nOtieno", state="unknown", error="silent", attempts=2, segments=3, cost="KES 2.40",
        carrier_reference="ATX-1", reported_at=clock.now(), finished_at=clock.now(),
    )  # fmt: skip
    page = client.get(f"{BASE}{message.pk}/").content.decode()
    for words in ("Otieno Ouma", "KES 2.40", "ATX-1", "0712 345678", "Hello<br>Otieno", "It may have been sent"):
        assert words in page
    incoming = made(world, "Thank you", is_incoming=True, own_address="22141", state="delivered")
    page = client.get(f"{BASE}{incoming.pk}/").content.decode()
    assert "22141" in page
    assert "Send again" not in page


def test_send_again(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    message = made(world, state="failed", error="expired", is_promotional=True)
    place = f"{BASE}{message.pk}/again/"
    form = client.get(place).context["form"]
    for _ in range(2):
        client.post(place, {"form_token": form["form_token"].value()})

    again = Message.objects.exclude(pk=message.pk).get()
    assert (again.shown, again.to, again.customer_id, again.kind) == ("Hello", PHONE, world.otieno.pk, "test")
    assert (again.is_promotional, again.state) == (True, "queued")
    assert portal.body(again) == "Hello"
    event = Event.objects.get(kind="message.resent")
    assert (event.customer_id, event.payload) == (world.otieno.pk, {"channel": "sms"})


def test_one_that_may_have_arrived_is_asked_about_first(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    message = made(world, state="unknown", error="silent")
    assert "it may come twice" in client.get(f"{BASE}{message.pk}/again/").content.decode()
    message = made(world, state="failed", error="number")
    assert "it may come twice" not in client.get(f"{BASE}{message.pk}/again/").content.decode()


def test_what_is_not_sent_again(world: World, client: Client) -> None:
    failed = {"state": "failed", "error": "number"}
    secret = made(world, "Code ••••", holds_secret=True, **failed)
    with refused("message_not_kept"):
        resending.send(message=secret, key="k", by=None)
    assert "which is not kept" in client.get(f"{BASE}{secret.pk}/").content.decode()
    client.post(f"{BASE}{secret.pk}/again/")
    for odd in (made(world), made(world, is_incoming=True, state="delivered")):
        with refused("message_not_failed"):
            resending.send(message=odd, key="k", by=None)
    message = made(world, is_promotional=True, **failed)
    with refused("channel_absent"):
        resending.send(message=message, key="k", by=None)
    portal.add_carrier(world.organization)
    opt_outs.add(organization=world.organization, channel="sms", address=PHONE, how="reply")
    with refused("message_opted_out"):
        resending.send(message=message, key="k", by=None)
    removals.delete(customer=world.otieno, by=None)
    with refused("message_receiver_gone"):
        resending.send(message=message, key="k", by=None)
    assert not Message.objects.filter(unique_key__isnull=False).exists()


def test_a_message_that_held_a_secret_says_so_from_the_beginning(world: World) -> None:
    portal.add_carrier(world.organization)
    for shown in ("", "Code ••••"):
        messages.queue(organization=world.organization, kind="test", to=PHONE, body="Code 900817", shown=shown)
    assert list(Message.objects.order_by("pk").values_list("holds_secret", flat=True)) == [False, True]


def test_msg_3_what_a_customer_wrote_stands_with_what_was_sent(world: World, client: Client) -> None:
    made(world, "Thank you", is_incoming=True, state="delivered", kind="incoming")
    for page in ("messages/", "panels/messages/"):
        text = client.get(f"/baobab/console/customers/{world.otieno.pk}/{page}").content.decode()
        assert "Thank you" in text
        assert "Received" in text
        assert "Written to us" in text


def test_old_ones_are_forgotten_also_those_that_came(world: World) -> None:
    made(world, "Thank you", is_incoming=True, state="delivered", finished_at=clock.now())
    with clock.at(clock.now() + timedelta(days=91)):
        assert messages.forget() == 1
    loop.run_once()
