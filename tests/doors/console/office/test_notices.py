"""The pages of notices: switched, reworded, looked at as a customer reads them, and when they are sent."""

import re

import pytest
from django.test import Client

from headend.messaging import policies, texts
from headend.messaging.catalogue import NOTICES
from headend.messaging.catalogue.money import LOW_BALANCE, PAYMENT_RECEIVED
from headend.messaging.models import Channel, Template
from tests.kit import console, portal
from tests.kit.verbs import event
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/notices/"
RECEIVED = f"{BASE}sms/payment.received/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def typed(body: str, **more: str) -> dict[str, str]:
    return {"is_on": "on", "body": body, **more}


def test_not_9_every_notice_stands_in_one_list(client: Client) -> None:
    page = client.get(BASE).content.decode()
    for notice in NOTICES.values():
        assert str(notice.label) in page
        for channel in notice.texts:
            assert client.get(f"{BASE}{channel}/{notice.code}/").status_code == 200


def test_not_9_own_words_are_said_and_ours_come_back(world: World, client: Client) -> None:
    saved = client.post(RECEIVED, typed("Asante {first_name}, {amount} imefika."), follow=True).content.decode()
    assert "The notice is saved." in saved
    assert "Reset to our text" in saved
    assert "your text" in client.get(BASE).content.decode()
    wording = texts.of(world.organization)
    assert wording.text(PAYMENT_RECEIVED, Channel.SMS).body == "Asante {first_name}, {amount} imefika."

    page = client.post(f"{RECEIVED}reset/", follow=True).content.decode()
    assert "It says our text again." in page
    assert "Reset to our text" not in page
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    ("place", "body", "more", "said"),
    [
        ("sms/payment.received/", "We have {ammount}", {}, "There is no {ammount} here."),
        ("sms/payment.received/", "We have {}", {}, "There is no {} here."),
        ("sms/payment.received/", "{code}", {}, "There is no {code} here."),
        ("sms/payment.received/", "  ", {}, "Please fill this in."),
        ("sms/voucher.bought/", "Your {plan}: {code}", {}, "{password} has to stand in the text"),
        ("email/voucher.bought/", "{code} {password}", {"subject": "Code {code}"}, "{code} is secret"),
        ("email/voucher.bought/", "{code} {password}", {"subject": ""}, "Please fill this in."),
    ],
)
def test_not_9_what_cannot_be_said_is_not_saved(
    client: Client, place: str, body: str, more: dict[str, str], said: str
) -> None:
    answer = client.post(f"{BASE}{place}", typed(body, **more))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert body.strip() in answer.context["form"]["body"].value()
    assert not Template.objects.exists()


def test_a_notice_is_switched_off_and_on(world: World, client: Client) -> None:
    body = texts.of(world.organization).text(PAYMENT_RECEIVED, Channel.SMS).body
    client.post(RECEIVED, {"body": str(body)})
    assert not texts.of(world.organization).is_on(PAYMENT_RECEIVED, Channel.SMS)
    assert event("notice.switched_off").payload == {"notice": "payment.received", "channel": "sms"}
    client.post(RECEIVED, typed(str(body)))
    assert texts.of(world.organization).is_on(PAYMENT_RECEIVED, Channel.SMS)


def test_not_9_the_preview_is_of_a_real_customer_and_counts_segments(world: World, client: Client) -> None:
    page = client.get(RECEIVED, {"q": world.otieno.account_number}).content.decode()
    assert f"As {world.otieno.name} would read it." in page
    text = client.post(f"{RECEIVED}preview/?q=otieno", {"body": "{name} " + "x" * 160}).content.decode()
    assert world.otieno.name in text
    assert "2 SMS" in text
    assert "halves the room" not in text
    assert "halves the room" in client.post(f"{RECEIVED}preview/", {"body": "Habari — {name}"}).content.decode()
    assert "Nobody is found by that." in client.get(RECEIVED, {"q": "no such person"}).content.decode()


def test_a_preview_shows_no_secret(world: World, client: Client) -> None:
    page = client.get(f"{BASE}sms/voucher.bought/").content.decode()
    assert "Code ••••, password ••••" in page


def test_the_text_of_a_customer_cannot_run_in_the_preview(world: World, client: Client) -> None:
    text = client.post(f"{RECEIVED}preview/", {"body": "<script>alert(1)</script>"}).content.decode()
    assert "<script>" not in text


def test_not_2_when_a_balance_is_low_is_set_and_who_would_be_told_is_counted(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    hours = {"hour_from": "9", "hour_until": "19", "low_minor": "500", "low_days": "5"}
    page = client.post(f"{BASE}hours/", hours, follow=True).content.decode()
    assert "The hours are saved." in page
    assert "that notice is switched off" in page
    policy = policies.of(world.organization)
    assert (policy.hour_from, policy.hour_until, policy.low_minor, policy.low_days) == (9, 19, 50_000, 5)
    body = str(texts.of(world.organization).text(LOW_BALANCE, Channel.SMS).body)
    client.post(f"{BASE}sms/balance.low/", typed(body))
    assert f"{BASE}low/" in client.get(f"{BASE}hours/").content.decode()
    assert re.search(r"\d+ customers? would be told", client.get(f"{BASE}low/").content.decode())


def test_hours_that_end_before_they_begin_are_refused(client: Client) -> None:
    answer = client.post(f"{BASE}hours/", {"hour_from": "9", "hour_until": "8", "low_days": "5"})
    assert "The hours end before they begin." in answer.content.decode()


def test_a_notice_that_does_not_exist(client: Client) -> None:
    for place in ("sms/nothing/", "fax/payment.received/", "email/one_time_code/"):
        assert client.get(f"{BASE}{place}").status_code == 404
