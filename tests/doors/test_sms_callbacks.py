"""What carriers of SMS send us over HTTP: reports in every order, and what people write back."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from headend.doors.callbacks import views
from headend.doors.worker import loop
from headend.lib import clock
from headend.messaging import carriers, messages, opt_outs
from headend.messaging.gateways import twilio
from headend.messaging.models import Carrier, Message
from headend.system.models import Job
from tests.kit.billing import PHONE
from tests.kit.sms import ACCOUNT, KEY, REPORTING, Carriers, report, setup, written
from tests.kit.verbs import forget, happened
from tests.kit.world import World

pytestmark = pytest.mark.django_db
CASES = [(name, outcome) for name, outcomes in REPORTING.items() for outcome in outcomes]
NAMES = list(REPORTING)


@pytest.fixture(autouse=True)
def network(settings: Any) -> Iterator[Carriers]:
    settings.MAY_REACH_INSIDE = True
    settings.PUBLIC_URL = "https://isp.example"
    with Carriers() as network:
        yield network


def carry(world: World, network: Carriers, name: str, **change: Any) -> Carrier:
    return carriers.set_up(organization=world.organization, setup=setup(network, name, **change), by=None)


def sent(world: World, network: Carriers, name: str) -> Message:
    """A message that the carrier has taken."""
    carry(world, network, name)
    messages.queue(organization=world.organization, kind="test", to=PHONE, body="Hello")
    loop.run_once()
    message = Message.objects.get()
    assert message.state == "sent"
    return message


def tells(carrier: Carrier, call: dict[str, Any], *, path: str = "", **more: Any) -> int:
    """The status with which a callback is answered. Twilio signs it."""
    url = carriers.report_url(carrier)
    headers = {}
    if carrier.kind == "twilio":
        fields = "".join(f"{name}{value}" for name, value in sorted(parse_qsl(call["data"], keep_blank_values=True)))
        headers = {"X-Twilio-Signature": twilio.signature(KEY, url + fields)}
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(path or urlsplit(url).path, **{"headers": headers, **call, **more}).status_code


def state() -> tuple[str, str]:
    message = Message.objects.get(is_incoming=False)
    return message.state, message.error.partition(":")[0]


@pytest.mark.parametrize(("name", "outcome"), CASES)
def test_not_8_what_became_of_a_message(world: World, network: Carriers, name: str, outcome: str) -> None:
    message = sent(world, network, name)
    assert message.carrier_reference

    for _ in range(2):
        assert tells(Carrier.objects.get(), report(name, message.carrier_reference, outcome)) == 200

    failed = "blocked" if name == "africastalking" else "undelivered"
    expected = {
        "delivered": ("delivered", ""),
        "sent": ("sent", ""),
        "expired": ("failed", "expired"),
        "failed": ("failed", failed),
        "unknown": ("unknown", "no_report"),
    }
    assert state() == expected[outcome]
    assert Message.objects.get().carrier_reference == message.carrier_reference


@pytest.mark.parametrize("name", NAMES)
def test_reports_in_the_wrong_order(world: World, network: Carriers, name: str) -> None:
    message = sent(world, network, name)
    for outcome in ("delivered", "sent", "failed"):
        tells(Carrier.objects.get(), report(name, str(message.carrier_reference), outcome))
    assert state() == ("delivered", "")


def test_one_that_failed_and_then_arrived_has_arrived(world: World, network: Carriers) -> None:
    message = sent(world, network, "bulksms")
    for outcome in ("failed", "delivered"):
        tells(Carrier.objects.get(), report("bulksms", str(message.carrier_reference), outcome))
    assert state() == ("delivered", "")


def test_a_report_comes_before_we_know_what_the_carrier_calls_it(world: World, network: Carriers) -> None:
    carrier = carry(world, network, "africastalking")
    messages.queue(organization=world.organization, kind="test", to=PHONE, body="Hello")
    claimed = messages.claim(owner="w", now=clock.now())
    assert claimed is not None
    assert tells(carrier, report("africastalking", "ATXid_1", "delivered")) == 200
    assert state()[0] == "sending"

    messages.send(claimed)
    assert state()[0] == "sent"
    with clock.at(clock.now() + timedelta(seconds=6)):
        loop.run_once()
    assert state()[0] == "delivered"


def test_a_report_of_nothing_that_we_know_leaves_nothing(world: World, network: Carriers) -> None:
    sent(world, network, "africastalking")
    Job.objects.all().delete()
    assert tells(Carrier.objects.get(), report("africastalking", "ATXid_77", "delivered")) == 200
    assert state()[0] == "sent"
    assert not Job.objects.exists()


def test_what_was_handed_over_and_not_answered_is_cleared_up_by_our_own_id(world: World, network: Carriers) -> None:
    message = sent(world, network, "bulksms")
    Message.objects.update(state="unknown", error="silent", carrier_reference=None)
    tells(Carrier.objects.get(), report("bulksms", "1000000000000000009", "delivered", uid=message.uid.hex))
    assert state() == ("delivered", "")
    assert Message.objects.get().carrier_reference == "1000000000000000009"


def test_another_organization_s_messages_are_not_touched(world: World, network: Carriers) -> None:
    message = sent(world, network, "africastalking")
    foreign = carriers.set_up(organization=world.neighbour, setup=setup(network, "africastalking"), by=None)
    assert tells(foreign, report("africastalking", str(message.carrier_reference), "failed")) == 200
    assert state()[0] == "sent"


def test_several_in_one_call(world: World, network: Carriers) -> None:
    carrier = carry(world, network, "bulksms")
    for number in range(3):
        messages.queue(organization=world.organization, kind="test", to=PHONE, body=f"Hello {number}")
    Message.objects.update(state="sent")
    rows: list[Any] = []
    for number, message in enumerate(Message.objects.order_by("pk")):
        Message.objects.filter(pk=message.pk).update(carrier_reference=f"{number}")
        rows += json.loads(report("bulksms", f"{number}", "delivered")["data"])
    rows += json.loads(written("bulksms", PHONE, "Thank you", "77")["data"])
    assert tells(carrier, {"data": json.dumps([*rows, 7, None]), "content_type": "application/json"}) == 200
    assert Message.objects.filter(state="delivered", is_incoming=False).count() == 3
    assert Message.objects.get(is_incoming=True).shown == "Thank you"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 3_000, b"\0\0", b"\xff\xfe=1", b"null", b'{"id": {"a": [1]}, "status": 7}', b"id=&status="],
)
def test_what_nobody_can_read_does_no_harm(world: World, network: Carriers, body: bytes) -> None:
    for name in ("africastalking", "bulksms", "clickatell"):
        carrier = carry(world, network, name)
        assert tells(carrier, {"data": body, "content_type": "application/json"}) == 200
    assert not Message.objects.exists()


def test_forged_and_huge_ones(world: World, network: Carriers) -> None:
    carrier = carry(world, network, "africastalking")
    call = report("africastalking", "ATXid_1", "delivered")
    assert tells(carrier, call, path="/callbacks/sms/africastalking/0123456789abcdef/") == 404
    # The token of another kind of carrier.
    assert tells(carrier, call, path=f"/callbacks/sms/bulksms/{carrier.report_token}/") == 404
    assert tells(carrier, call, path=f"/callbacks/sms/fake/{carrier.report_token}/") == 404
    huge = {"data": b"x" * 65_537, "content_type": "application/json"}
    assert tells(carrier, huge) == 413
    for _ in range(views.FORGED_MOST):
        tells(carrier, call, path="/callbacks/sms/africastalking/x/")
    assert tells(carrier, call, path="/callbacks/sms/africastalking/x/") == 429
    # Who knows the address is heard all the same.
    assert tells(carrier, call) == 200


def test_another_carrier_has_another_address(world: World, network: Carriers) -> None:
    first = carriers.report_url(carry(world, network, "africastalking"))
    assert carriers.report_url(carry(world, network, "africastalking", sender="")) == first
    second = carry(world, network, "bulksms")
    assert carriers.report_url(second) != first
    assert tells(second, report("africastalking", "1", "sent"), path=urlsplit(first).path) == 404


def test_twilio_signs(world: World, network: Carriers) -> None:
    message = sent(world, network, "twilio")
    carrier = Carrier.objects.get()
    url = carriers.report_url(carrier)
    call = report("twilio", str(message.carrier_reference), "delivered")
    assert tells(carrier, call, headers={}) == 404
    assert tells(carrier, call, headers={"X-Twilio-Signature": twilio.signature("another", url)}) == 404
    assert state()[0] == "sent"
    fields = "".join(f"{name}{value}" for name, value in sorted(parse_qsl(call["data"])))
    with_port = url.replace("isp.example", "isp.example:443")
    # Whatever host the request names.
    signed = {"X-Twilio-Signature": twilio.signature(KEY, with_port + fields), "Host": "testserver"}
    assert tells(carrier, call, headers=signed) == 200
    assert state()[0] == "delivered"


def test_the_signature_is_as_twilio_s_own_library_makes_it() -> None:
    """The vector of protocols.md 6.2, and by another way."""
    signed = "https://isp.example/hooks/twilioMessageSidSM1MessageStatusdeliveredTo+233540000000"
    assert twilio.signature("tok123", signed) == "AD26Bv2OzVwMClvEHKnnJCerfl4="
    other = base64.b64encode(hmac.new(b"tok123", signed.encode(), hashlib.sha1).digest()).decode()
    assert twilio.signature("tok123", signed) == other


def test_json_of_twilio_is_signed_by_its_digest(world: World, network: Carriers) -> None:
    carrier = carry(world, network, "twilio")
    body = b'{"MessageSid": "SM1", "MessageStatus": "delivered"}'
    query = f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
    path = urlsplit(carriers.report_url(carrier)).path + query
    headers = {"X-Twilio-Signature": twilio.signature(KEY, carriers.report_url(carrier) + query)}
    call = {"data": body, "content_type": "application/json"}
    assert tells(carrier, call, path=path, headers=headers) == 200
    assert tells(carrier, {**call, "data": body + b" "}, path=path, headers=headers) == 404


def test_twilio_is_told_where_with_each_message(world: World, network: Carriers, settings: Any) -> None:
    sent(world, network, "twilio")
    assert network.sent[0].report_to == carriers.report_url(Carrier.objects.get())
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert not carriers.is_public()
    settings.PUBLIC_URL = "http://localhost"
    assert not carriers.is_public()


def test_a_report_in_an_address(world: World, network: Carriers) -> None:
    """Some carriers ask for a page and put what they say behind it."""
    message = sent(world, network, "clickatell")
    path = urlsplit(carriers.report_url(Carrier.objects.get())).path
    answer = Client().get(f"{path}?messageId={message.carrier_reference}&status=RECEIVED_BY_RECIPIENT")
    assert answer.status_code == 200
    assert state()[0] == "delivered"


@pytest.mark.parametrize("name", NAMES)
def test_msg_3_what_somebody_writes_is_kept_once(world: World, network: Carriers, name: str) -> None:
    carrier = carry(world, network, name)
    for _ in range(2):
        assert tells(carrier, written(name, PHONE, "Asante sana", "in-1")) == 200

    message = Message.objects.get()
    assert (message.is_incoming, message.to, message.shown) == (True, PHONE, "Asante sana")
    assert (message.customer_id, message.state, message.carrier_reference) == (world.otieno.pk, "delivered", "in-1")
    tells(carrier, written(name, "+254799999999", "Who are you?", "in-2"))
    assert Message.objects.get(carrier_reference="in-2").customer_id is None


@pytest.mark.parametrize("name", NAMES)
def test_stop_and_start(world: World, network: Carriers, name: str) -> None:
    carrier = carry(world, network, name)
    forget()
    for number, (text, out) in enumerate(
        [
            ("Stop!", True),
            ("stop it please", True),
            ("START", False),
            (" «Arrêt» merci", True),
            ("Anza", False),
            ("nonstop", False),
        ]
    ):
        tells(carrier, written(name, PHONE, text, f"in-{number}"))
        assert opt_outs.is_out(world.organization, "sms", PHONE) is out, text
    assert happened() == ["opt_out.added", "opt_out.withdrawn"] * 2
    # The first one, sent by the carrier again, takes nothing back.
    tells(carrier, written(name, PHONE, "Stop!", "in-0"))
    assert not opt_outs.is_out(world.organization, "sms", PHONE)


def test_one_without_an_id_of_the_carrier_is_kept_once(world: World, network: Carriers) -> None:
    carrier = carry(world, network, "clickatell")
    call = {"data": json.dumps({"fromNumber": "254712345678", "text": "Ndio"}), "content_type": "application/json"}
    for _ in range(2):
        tells(carrier, call)
    with clock.at(clock.now() + timedelta(hours=2)):
        tells(carrier, call)
    assert Message.objects.count() == 2


def test_a_name_that_writes_is_no_number(world: World, network: Carriers) -> None:
    carrier = carry(world, network, "africastalking")
    tells(carrier, written("africastalking", "Safaricom", "x" * 3_000, "in-1"))
    message = Message.objects.get()
    assert (message.to, len(message.shown)) == ("Safaricom", 2_000)
    assert ACCOUNT not in message.shown
