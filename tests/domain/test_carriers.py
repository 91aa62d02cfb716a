"""Carriers of SMS: what each takes and refuses, what is never asked twice, and what an owner's address cannot reach."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from headend.doors.worker import loop
from headend.lib import clock
from headend.lib.exchange import exchange
from headend.lib.outside import InsideError
from headend.lib.refused import Refused
from headend.messaging import carriers, messages, reasons, trials
from headend.messaging.gateways import http
from headend.messaging.gateways.adapter import Parcel
from headend.messaging.models import Carrier, Message
from headend.messaging.setups import Setup
from headend.system.models import Event
from tests.kit.billing import PHONE
from tests.kit.sms import KEY, SENDER, Carriers, setup
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db
OWN = ["africastalking", "twilio", "bulksms"]
ALL = [*OWN, *http.PRESETS]
# These know our ids.
ASKED_AGAIN = {"bulksms"}
# What a carrier of another one's design says of a text that is too long, nobody can read out of its answer.
SAYS_NOT = {("africastalking", "length"), ("twilio", "credit")}


@pytest.fixture
def network(settings: Any) -> Iterator[Carriers]:
    settings.MAY_REACH_INSIDE = True
    with Carriers() as network:
        yield network


def sends(
    world: World, name: str, network: Carriers, *, to: str = PHONE, body: str = "Hello", **change: Any
) -> Message:
    """One message by the carrier, after the worker looked once."""
    carriers.set_up(organization=world.organization, setup=setup(network, name, **change), by=None)
    messages.queue(organization=world.organization, kind="test", to=to, body=body)
    loop.run_once()
    return Message.objects.get()


@pytest.mark.parametrize("name", ALL)
def test_it_works(world: World, network: Carriers, name: str) -> None:
    body = 'Otieno\'s "day" & {key} \\ 100% = ñ\nend'
    message = sends(world, name, network, body=body)

    assert (message.state, message.error, message.body_sealed) == ("sent", "", None)
    assert message.carrier_reference
    (sent,) = network.sent
    assert (sent.to.lstrip("+"), sent.text, sent.sender) == (PHONE.lstrip("+"), body, SENDER)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("wrong", ["key", "sender", "number", "length", "credit"])
def test_what_is_wrong_is_told(world: World, network: Carriers, name: str, wrong: str) -> None:
    change: dict[str, Any] = {
        "key": {"key": "another"},
        "sender": {"sender": "SomebodyEl"},
        "number": {"to": "+33612345678"},
        "length": {"body": "x" * 1601},
        "credit": {},
    }[wrong]
    network.mood = "no credit" if wrong == "credit" else ""

    message = sends(world, name, network, **change)

    assert (message.state, message.attempts, message.body_sealed) == ("failed", 1, None)
    assert message.error.partition(":")[0] == ("refused" if (name, wrong) in SAYS_NOT else wrong)
    assert reasons.why(message.error).startswith("The")
    assert network.sent == []
    assert KEY not in written()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("mood", "word"), [("throttled", "throttled"), ("trouble", "trouble")])
def test_what_passes_is_tried_again(world: World, network: Carriers, name: str, mood: str, word: str) -> None:
    network.mood = mood
    message = sends(world, name, network)
    assert (message.state, message.error.partition(":")[0]) == ("queued", word)

    network.mood = ""
    with clock.at(clock.now() + timedelta(minutes=5)):
        loop.run_once()
    assert Message.objects.get().state == "sent"
    assert len(network.sent) == 1


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_no_answer(world: World, network: Carriers, name: str) -> None:
    network.mood = "page"
    message = sends(world, name, network)
    assert (message.state, message.error.partition(":")[0]) == ("failed", "page")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("mood", "word"), [("silent", "silent"), ("lost on the way back", "trouble")])
def test_taken_without_an_answer(world: World, network: Carriers, name: str, mood: str, word: str) -> None:
    """It is asked again only where it knows our id; then the message arrives once."""
    network.mood = mood
    message = sends(world, name, network, body="Code 900817")
    assert message.error.partition(":")[0] == word
    assert message.state == ("queued" if name in ASKED_AGAIN else "unknown")

    network.mood = ""
    with clock.at(clock.now() + timedelta(minutes=5)):
        loop.run_once()
    assert len(network.sent) == 1
    assert network.requests == (2 if name in ASKED_AGAIN else 1)
    assert Message.objects.get().body_sealed is None


@pytest.mark.parametrize("name", ["africastalking", "bulksms", "celcom"])
def test_the_worker_dies_while_it_hands_over(world: World, network: Carriers, name: str) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, name), by=None)
    messages.queue(organization=world.organization, kind="test", to=PHONE, body="Only once")
    claimed = messages.claim(owner="dead", now=clock.now())
    assert claimed is not None
    adapter, target = carriers.speak(Carrier.objects.get())
    adapter.send(target, Parcel(claimed.uid.hex, PHONE, "Only once"))

    with clock.at(clock.now() + timedelta(minutes=1)):
        loop.run_once()

    assert [sent.text for sent in network.sent] == ["Only once"]
    message = Message.objects.get()
    assert message.state == ("sent" if name in ASKED_AGAIN else "unknown")
    assert message.body_sealed is None


def test_the_carrier_is_not_there(world: World, network: Carriers) -> None:
    message = sends(world, "africastalking", network, base_url="http://127.0.0.1:9")
    assert (message.state, message.error) == ("queued", "unreachable")


@pytest.mark.parametrize(
    ("name", "left"), [("africastalking", "KES 100.00"), ("twilio", "12.34 USD"), ("bulksms", "250.5")]
)
def test_the_credit_is_told(world: World, network: Carriers, name: str, left: str) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, name), by=None)
    loop.run_once()
    carrier = Carrier.objects.get()
    assert carrier.credit == left
    assert carrier.credit_at is not None


def test_a_key_is_asked_for_anew_where_it_would_go_elsewhere(world: World, network: Carriers) -> None:
    first = carriers.set_up(organization=world.organization, setup=setup(network, "africastalking"), by=None)
    same = carriers.set_up(
        organization=world.organization, setup=setup(network, "africastalking", key="", sender=""), by=None
    )
    assert (same.pk, same.sender, carriers.speak(same)[1].key) == (first.pk, "", KEY)

    for change in ({"base_url": "https://other.example"}, {"kind": "bulksms"}):
        with pytest.raises(Refused, match="carrier_key_missing"):
            carriers.set_up(
                organization=world.organization, setup=setup(network, "africastalking", key="", **change), by=None
            )
    kinds = Event.objects.filter(kind__startswith="carrier.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["carrier.added", "carrier.changed"]


def test_switched_off_and_on(world: World, network: Carriers) -> None:
    carrier = carriers.set_up(organization=world.organization, setup=setup(network, "twilio"), by=None)
    messages.queue(organization=world.organization, kind="test", to=PHONE, body="Waits")
    carriers.switch(carrier=carrier, is_on=False, by=None)
    loop.run_once()
    assert Message.objects.get().error == "no_carrier"
    assert not messages.queue(organization=world.organization, kind="test", to=PHONE, body="No")
    with pytest.raises(Refused, match="sms_absent"):
        trials.send(organization=world.organization, to=PHONE, key="k", by=None)

    for _ in range(2):
        carriers.switch(carrier=carrier, is_on=True, by=None)
    assert messages.queue(organization=world.organization, kind="test", to=PHONE, body="Yes")
    assert Event.objects.filter(kind="carrier.switched_on").count() == 1


def test_a_test_message(world: World, network: Carriers) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, "celcom"), by=None)
    for _ in range(2):
        trials.send(organization=world.organization, to="0712 345678", key="k", by=None)
    loop.run_once()

    (sent,) = network.sent
    assert sent.text == "Baobab Net: a test message. SMS works."
    last = trials.last(Carrier.objects.get())
    assert last is not None
    assert last.state == "sent"
    with pytest.raises(Refused, match="trial_phone_wrong"):
        trials.send(organization=world.organization, to="what", key="l", by=None)


# ---- addresses that an owner types ----


@pytest.mark.parametrize(
    ("base_url", "code"),
    [
        ("ftp://sms.example", "carrier_address_wrong"),
        ("sms.example", "carrier_address_wrong"),
        ("https://user:word@sms.example", "carrier_address_wrong"),
        ("https://sms.example:port/", "carrier_address_wrong"),
        ("https://sms.example/a b", "carrier_address_wrong"),
        ("http://[::1", "carrier_address_wrong"),
        ("http://localhost:8000", "carrier_inside"),
        ("http://127.0.0.1", "carrier_inside"),
        ("http://10.0.0.7/sms", "carrier_inside"),
        ("http://169.254.169.254/latest", "carrier_inside"),
        ("http://[::1]/", "carrier_inside"),
        ("http://[::ffff:192.168.1.1]/", "carrier_inside"),
        ("http://[fe80::1]/", "carrier_inside"),
    ],
)
def test_an_address_is_refused(world: World, base_url: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        carriers.set_up(organization=world.organization, setup=Setup("africastalking", base_url, key=KEY), by=None)
    assert not Carrier.objects.exists()


def test_a_name_that_leads_inside_is_refused_at_each_use(world: World, settings: Any, monkeypatch: Any) -> None:
    with Carriers() as network:
        port = network.url.rpartition(":")[2]
        entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", int(port)))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [public, entry])
        message = sends(world, "africastalking", network, base_url=f"http://sms.example:{port}")
        assert (message.state, message.error) == ("failed", "inside")
        assert network.requests == 0

        # Whoever runs the installation allows it.
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [entry])
        settings.MAY_REACH_INSIDE = True
        messages.queue(organization=world.organization, kind="test", to=PHONE, body="Inside")
        loop.run_once()
        assert network.requests == 1


def test_what_was_looked_at_is_what_is_connected_to(monkeypatch: Any) -> None:
    """The name is looked up once, and stands in `Host` as it was typed."""
    with Carriers() as network:
        port = int(network.url.rpartition(":")[2])
        asked = []

        def look(host: str, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr("headend.lib.address.is_inside", lambda _: False)
        monkeypatch.setattr("headend.lib.outside.socket.getaddrinfo", look)
        exchange("GET", f"http://sms.example:{port}/version1/user", headers={}, is_bounded=True)
        assert asked[0] == "sms.example"
        assert "sms.example" not in asked[1:]
        assert network.headers["host"] == f"sms.example:{port}"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_bounded_exchanges_reach_nothing_inside(address: str) -> None:
    place = f"[{address}]" if ":" in address else address
    with pytest.raises(InsideError):
        exchange("GET", f"http://{place}:9/", headers={}, is_bounded=True)


# ---- a carrier that an owner describes ----


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"headers": "nonsense"}, "carrier_header_wrong", "headers"),
        ({"headers": "X: a\n Y y: b"}, "carrier_header_wrong", "headers"),
        ({"body": "{nobody}{text}{to}"}, "place_unknown", "body"),
        ({"headers": "X: {secret}"}, "place_unknown", "headers"),
        ({"body": "{text}"}, "carrier_text_missing", "body"),
        ({"body": "{to}"}, "carrier_text_missing", "body"),
    ],
)
def test_a_description_is_looked_at(
    world: World, network: Carriers, change: dict[str, str], code: str, field: str
) -> None:
    options = {**http.PRESETS["celcom"].options, **change}
    with pytest.raises(Refused, match=code) as refused:
        carriers.set_up(organization=world.organization, setup=setup(network, "celcom", options=options), by=None)
    assert refused.value.field == field


def test_nothing_ends_the_header_that_it_stands_in(world: World, network: Carriers) -> None:
    options = {**http.PRESETS["celcom"].options, "headers": "Content-Type: application/json\nX-Text: {text}"}
    message = sends(world, "celcom", network, body="Hello\r\nX-Evil: 1", options=options)
    assert message.state == "sent"
    assert network.headers["x-text"] == "Hello X-Evil: 1"
    assert "x-evil" not in network.headers
