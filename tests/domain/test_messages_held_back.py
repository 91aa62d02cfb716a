"""What is looked at again when a message is sent: whether it is true still, where it goes, and whether it can be written at all."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from headend.access import signins, subscriptions
from headend.access.models import Subscription
from headend.billing import receipts
from headend.customers import customers
from headend.doors.worker import loop
from headend.lib import clock
from headend.messaging import carriers, mails, messages, notices, opt_outs, reminders, texts
from headend.messaging.catalogue import money, people, places
from headend.messaging.gateways import smtp
from headend.messaging.gateways.adapter import Parcel
from headend.messaging.models import Channel, Message
from headend.messaging.setups import Setup
from headend.system.models import Organization
from tests.kit import portal
from tests.kit.mail import target_at
from tests.kit.verbs import refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 10, 20, 0, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=12)
DESCRIBED = Setup(
    "http",
    "https://c.example/send",
    key="the-kept-key",
    sender="S",
    name="X",
    options={
        "method": "POST",
        "headers": "Content-Type: application/json",
        "body": '{"to": "{to}", "text": "{text}", "key": "{key}"}',
        "success": "",
        "reference": "id",
        "report_reference": "id",
        "report_status": "st",
        "delivered": "ok",
        "failed": "no",
        "incoming_sender": "from",
        "incoming_text": "text",
        "incoming_reference": "id",
    },
)


@pytest.fixture(autouse=True)
def _carrier(world: World) -> None:
    portal.add_carrier(world.organization)


def ended(world: World) -> Subscription:
    """A package that ended in the night, of which its owner is to be told in the morning."""
    Subscription.objects.exclude(pk=world.otieno_home.pk).update(expires_at=None)
    own = Subscription.objects.filter(pk=world.otieno_home.pk)
    own.update(expires_at=NIGHT, renewed_at=NIGHT - timedelta(days=30), activated_at=NIGHT - timedelta(days=40))
    for minutes in (-60, 5):
        with clock.at(NIGHT + timedelta(minutes=minutes)):
            reminders.remind()
    assert Message.objects.get().state == "queued"
    return own.get()


def in_the_morning() -> Message:
    with clock.at(MORNING):
        loop.run_once()
    return Message.objects.order_by("pk")[0]


def test_not_4_who_renewed_in_the_night_is_not_told_that_it_has_ended(world: World) -> None:
    package = ended(world)
    with clock.at(NIGHT + timedelta(minutes=10)):
        subscriptions.activate(subscription=package, by=None)
    told = in_the_morning()
    assert (told.state, told.error, told.body_sealed) == ("failed", "no_longer", None)


def test_not_4_who_did_not_is_told(world: World) -> None:
    ended(world)
    # Nothing answers there: it was handed over.
    assert "unreachable" in in_the_morning().error


def test_not_2_who_paid_meanwhile_is_not_told_of_a_low_balance(world: World) -> None:
    ours = texts.ours(money.LOW_BALANCE, Channel.SMS, "en")
    texts.save(organization=world.organization, notice="balance.low", channel="sms", text=ours, is_on=True, by=None)
    Subscription.objects.exclude(pk=world.otieno_home.pk).update(expires_at=None)
    Subscription.objects.filter(pk=world.otieno_home.pk).update(expires_at=NIGHT + timedelta(days=20))
    with clock.at(NIGHT):
        reminders.remind()
        receipts.take(customer=world.otieno, method="cash", amount_minor=250_000, key="k", by=None)
    in_the_morning()
    assert Message.objects.get(kind="balance.low").error == "no_longer"


def test_not_2_seven_days_are_seven_evenings(world: World) -> None:
    """Also where one look comes some seconds earlier than the one before."""
    ours = texts.ours(money.LOW_BALANCE, Channel.SMS, "en")
    texts.save(organization=world.organization, notice="balance.low", channel="sms", text=ours, is_on=True, by=None)
    start = datetime(2026, 11, 1, 14, 0, 20, tzinfo=UTC)
    Subscription.objects.exclude(pk=world.otieno_home.pk).update(expires_at=None)
    Subscription.objects.filter(pk=world.otieno_home.pk).update(expires_at=start + timedelta(days=60))
    told = []
    for day in range(16):
        with clock.at(start + timedelta(days=day, seconds=-10 * (day % 2))):
            before = Message.objects.count()
            reminders.remind()
            told += [day] if Message.objects.count() > before else []
    assert told == [0, 7, 14]


def test_what_is_secret_does_not_go_to_a_number_that_was_corrected(world: World) -> None:
    messages.queue(
        organization=world.organization,
        kind="voucher.bought",
        to=world.otieno.phone,
        body="Code 1",
        customer_id=world.otieno.pk,
    )
    customers.edit(customer=world.otieno, phone="0733 111 222", by=None)
    loop.run_once()
    assert Message.objects.get().error == "address_changed"


@pytest.mark.parametrize("link", ["https://ex\N{ACCOUNT OF}mple.com/x", "https://[x/y"])
def test_what_only_looks_like_a_link_is_text(world: World, link: str) -> None:
    message = Message(organization=world.organization, to="x@example.org", subject="Hello")
    assert link.split("//")[1][:2] in mails.parcel(message, f"Hello\n\n{link}\n\nBye", reply_to="").html


def test_what_cannot_be_written_fails_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    messages.queue(organization=world.organization, kind="test", to="+254712345678", body="x")
    monkeypatch.setattr(messages, "_parcel", lambda *_: 1 // 0)
    loop.run_once()
    message = Message.objects.get()
    assert (message.state, message.error, message.body_sealed) == ("failed", "unwritable", None)


def test_nobody_has_a_link_mailed_to_a_stranger_by_his_name(world: World) -> None:
    portal.add_mail_server(world.organization)
    name = "You won! Claim at https://evil.example/x or www.evil.example"
    signins.register(organization=world.organization, first_name=name, email="victim@x.org", password=portal.PASSWORD)
    while notices.hand_on():
        pass
    message = Message.objects.get(channel="email")
    html = mails.parcel(message, portal.body(message), reply_to="").html
    assert "https://evil" not in html
    assert "evil.example" not in html


@pytest.mark.parametrize(("name", "shown"), [("J.R. Smith", "J. R. Smith"), ("Wanjikũ", "Wanjikũ"), ("a:b", "a: b")])
def test_names_stay_names(name: str, shown: str) -> None:
    assert places.calm(name) == shown


def test_so_many_who_registered_alone_are_welcomed_in_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "WELCOMES_AN_HOUR", 2)
    portal.add_mail_server(world.organization)
    for number in range(4):
        email = f"v{number}@x.org"
        signins.register(organization=world.organization, first_name="V", email=email, password=portal.PASSWORD)
    while notices.hand_on():
        pass
    assert Message.objects.filter(channel="email").count() == 2


def test_a_mail_server_whose_answer_has_no_end_fills_no_memory() -> None:
    taken = []

    def talk(server: socket.socket) -> None:
        talking, _ = server.accept()
        try:
            while len(taken) < 10_000:
                talking.sendall(b"220-" + b"x" * 1_000 + b"\r\n")
                taken.append(1)
        except OSError:
            talking.close()

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        thread = threading.Thread(target=talk, args=[server], daemon=True)
        thread.start()
        answer = smtp.send(target_at(server.getsockname()[1]), Parcel("0" * 32, "a@b.example", "x"))
        thread.join(10)
    assert (answer.outcome, answer.reason) == ("again", "greeting")
    # It hung up long before: what was on the way stands in buffers.
    assert len(taken) < 10_000


def tell(organization: Organization, what: Any) -> int:
    carrier = carriers.of(organization)
    assert carrier is not None
    place = f"/callbacks/sms/http/{carrier.report_token}/"
    return Client().post(place, json.dumps(what), content_type="application/json").status_code


@pytest.mark.parametrize("odd", ["a\0b", "half \ud83d here"])
def test_a_report_with_what_no_database_keeps_is_taken(world: World, odd: str) -> None:
    carriers.set_up(organization=world.organization, setup=DESCRIBED, by=None)
    messages.queue(organization=world.organization, kind="test", to="+254712345678", body="x")
    messages.claim(owner="w", now=clock.now())
    assert tell(world.organization, {"id": odd, "st": "ok"}) == 200
    assert tell(world.organization, {"from": "254712345678", "text": f"stop {odd}", "id": odd}) == 200
    assert opt_outs.is_out(world.organization, "sms", "+254712345678")


def test_a_report_of_another_carrier_is_of_another_message(world: World) -> None:
    carriers.set_up(organization=world.organization, setup=DESCRIBED, by=None)
    messages.queue(organization=world.organization, kind="test", to="+254712345678", body="x")
    now = clock.now()
    Message.objects.update(state="sent", carrier_reference="1001", finished_at=now, ask_at=now)
    moved = Setup("http", "https://d.example/send", key="k", sender="S", name="Y", options=DESCRIBED.options)
    carriers.set_up(organization=world.organization, setup=moved, by=None)
    assert tell(world.organization, {"id": "1001", "st": "no"}) == 200
    message = Message.objects.get()
    assert (message.state, message.ask_at) == ("sent", None)


@pytest.mark.parametrize("part", ["body", "headers", "method", "ask_url", "credit_url"])
def test_a_kept_key_is_not_put_into_another_description(world: World, part: str) -> None:
    carriers.set_up(organization=world.organization, setup=DESCRIBED, by=None)
    other = {
        "body": '{"to": "{to}", "text": "{text} {key}"}',
        "headers": "Content-Type: application/json\nX: {key}",
        "method": "PUT",
        "ask_url": "https://c.example/q?{reference}&{key}",
        "credit_url": "https://c.example/credit?{key}",
    }
    options = {**DESCRIBED.options, part: other[part]}
    with refused("carrier_key_missing", "key"):
        carriers.set_up(
            organization=world.organization,
            setup=Setup("http", DESCRIBED.base_url, sender="S", name="X", options=options),
            by=None,
        )


def test_no_value_is_put_into_the_name_of_a_host(world: World) -> None:
    with refused("carrier_address_wrong", "base_url"):
        carriers.set_up(
            organization=world.organization,
            setup=Setup("http", "https://{account}.example/send", key="k", name="X", options=DESCRIBED.options),
            by=None,
        )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("x" * 155 + "123456", "x" * 155 + "•"),
        (r"at https:\/\/isp\/p\/tok3n\/", "at ••••"),
        (r"p\u00e4ssw\u00f6rd", "••••"),
        ("only 123456", "only ••••"),
    ],
)
def test_no_part_of_a_secret_stays_where_a_carrier_repeats_it(said: str, kept: str) -> None:
    body = "Code:123456 pässwörd https://isp/p/tok3n/"
    left = messages._without_secrets(said, body, "Code:•••• •••• https://isp/p/••••/")
    assert left.startswith(kept)
    assert "12345" not in left
