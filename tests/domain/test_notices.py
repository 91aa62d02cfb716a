"""Notices: in an organization's own words, by the channels that are on, in its hours, and each once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.access.models import Subscription
from headend.billing import receipts
from headend.customers import customers, suspensions
from headend.desk import removals
from headend.lib import clock
from headend.messaging import catalogue, codes, notices, policies, reminders, texts
from headend.messaging.catalogue import money, packages, people, places
from headend.messaging.catalogue.notice import Notice, Text
from headend.messaging.models import Carrier, Message
from headend.messaging.rules import opens_at
from tests.kit import portal
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _carriers(world: World) -> None:
    portal.add_carrier(world.organization)
    Carrier.objects.create(organization=world.organization, channel="email", kind="smtp", base_url="x", key_sealed=b"")
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    world.otieno.refresh_from_db()
    hand_on()
    Message.objects.all().delete()


def hand_on() -> None:
    while notices.hand_on():
        pass


def sent() -> list[tuple[str, str]]:
    return sorted(Message.objects.values_list("kind", "channel"))


def save(
    world: World, notice: Notice, body: str, channel: str = "sms", *, is_on: bool = True, subject: str = ""
) -> None:
    texts.save(
        organization=world.organization,
        notice=notice.code,
        channel=channel,
        text=Text(body, subject),
        is_on=is_on,
        by=world.staff["owner"].staff,
    )


def switch(world: World, notice: Notice, channel: str, *, is_on: bool) -> None:
    ours = texts.of(world.organization).text(notice, channel)
    save(world, notice, str(ours.body), channel, is_on=is_on, subject=str(ours.subject))


def pay(world: World, key: str = "a") -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=250_000, key=key, by=None)
    hand_on()


# ---- what is declared ----


@pytest.mark.parametrize("code", catalogue.NOTICES)
def test_every_text_of_ours_could_be_saved(world: World, code: str) -> None:
    """It names only what its notice knows, says what it needs to, and tells no secret in a subject."""
    notice = catalogue.NOTICES[code]
    for channel, text in notice.texts.items():
        save(world, notice, f"{text.body} .", channel, subject=f"{text.subject} ." if text.subject else "")
        assert set(text.needs) <= set(texts.known(notice)) <= set(places.PLACES)
    assert set(places.samples(world.otieno, world.organization)) == set(places.PLACES)


# ---- own words ----


def test_own_words_are_said(world: World) -> None:
    forget()
    save(world, money.PAYMENT_RECEIVED, "Asante {first_name}!  {plan} {amount}\r\n\r\n\r\n\r\n{help}")
    assert happened() == ["notice.reworded"]
    assert event("notice.reworded").payload == {"notice": "payment.received", "channel": "sms"}
    assert "Asante" not in str(event("notice.reworded").__dict__)
    pay(world)
    assert Message.objects.get(channel="sms").shown == "Asante Otieno! KES\N{NO-BREAK SPACE}2,500.00"


def test_the_same_words_again_are_no_event_and_ours_are_nobody_s_own(world: World) -> None:
    forget()
    ours = texts.ours(money.PAYMENT_RECEIVED, "sms", "en")
    save(world, money.PAYMENT_RECEIVED, str(ours.body))
    assert happened() == []
    for _ in range(2):
        save(world, money.PAYMENT_RECEIVED, "Got {amount}")
    save(world, money.PAYMENT_RECEIVED, str(ours.body))
    assert happened() == ["notice.reworded", "notice.reset"]
    assert texts.of(world.organization).own_text(money.PAYMENT_RECEIVED, "sms") is None


@pytest.mark.parametrize(
    ("notice", "channel", "subject", "body", "code"),
    [
        (money.PAYMENT_RECEIVED, "sms", "", " ", "text_missing"),
        (money.PAYMENT_RECEIVED, "email", " ", "x", "text_missing"),
        (money.PAYMENT_RECEIVED, "sms", "", "{nothing}", "place_unknown"),
        (money.PAYMENT_RECEIVED, "email", "{nothing}", "x", "place_unknown"),
        (money.PAYMENT_RECEIVED, "sms", "", "{password}", "place_unknown"),
        (money.PAYMENT_RECEIVED, "sms", "", "{Amount}", "place_unknown"),
        (money.PAYMENT_RECEIVED, "sms", "", "{ amount }", "place_unknown"),
        (money.PAYMENT_RECEIVED, "sms", "", "{}", "place_unknown"),
        (packages.VOUCHER_BOUGHT, "sms", "", "{code}", "notice_place_needed"),
        (packages.VOUCHER_BOUGHT, "email", "{password}", "{code} {password}", "notice_place_hidden"),
        (money.PAYMENT_RECEIVED, "sms", "", "x" * 4001, "text_long"),
        (money.PAYMENT_RECEIVED, "email", "x" * 201, "x", "text_long"),
    ],
)
def test_what_is_refused(world: World, notice: Notice, channel: str, subject: str, body: str, code: str) -> None:
    forget()
    with refused(
        code, "subject" if code == "notice_place_hidden" or subject in (" ", "{nothing}", "x" * 201) else "body"
    ):
        save(world, notice, body, channel, subject=subject, is_on=False)
    assert happened() == [], "nor is it switched"


def test_words_are_an_organization_s_own(world: World) -> None:
    save(world, money.PAYMENT_RECEIVED, "Ours {amount}", is_on=False)
    other = texts.of(world.neighbour)
    assert other.own_text(money.PAYMENT_RECEIVED, "sms") is None
    assert other.is_on(money.PAYMENT_RECEIVED, "sms")


def test_a_name_is_put_in_as_it_is_and_is_no_text_itself(world: World) -> None:
    customers.edit(customer=world.otieno, first_name="{password}\r\nBcc: x@example.com", by=None)
    save(world, money.PAYMENT_RECEIVED, "Hello {first_name}", "email", subject="To {first_name}")
    pay(world)
    message = Message.objects.get(channel="email")
    assert "{password}" in message.shown
    assert "\n" not in message.subject
    assert "\r" not in message.subject


# ---- which channels ----


def test_each_channel_that_is_on_carries_it_once(world: World) -> None:
    pay(world)
    assert sent() == [("payment.received", "email"), ("payment.received", "sms")]
    mail = Message.objects.get(channel="email")
    assert (mail.to, mail.subject) == ("otieno@example.com", "We have received KES 2,500.00")


def test_one_that_is_off_is_not_sent(world: World) -> None:
    switch(world, money.PAYMENT_RECEIVED, "sms", is_on=False)
    pay(world)
    assert sent() == [("payment.received", "email")]


def test_who_has_no_address_gets_what_is_left(world: World) -> None:
    customers.edit(customer=world.otieno, email="", by=None)
    pay(world)
    assert sent() == [("payment.received", "sms")]


def test_somebody_deleted_meanwhile_is_told_nothing(world: World) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=100, key="k", by=None)
    removals.delete(customer=world.otieno, by=None)
    hand_on()
    assert not Message.objects.exists()


def test_suspended_for_what_is_owed_and_restored(world: World) -> None:
    suspensions.suspend(customer=world.otieno, kind="overdue", reason="x", by=None)
    hand_on()
    assert ("customer.suspended", "sms") in sent()
    suspensions.lift(customer=world.otieno, kind="overdue", by=None)
    hand_on()
    assert ("customer.restored", "sms") in sent()
    Message.objects.all().delete()
    suspensions.suspend(customer=world.otieno, kind="abuse", reason="x", by=None)
    hand_on()
    assert sent() == []


def test_not_5_a_code_is_said_in_the_organization_s_words_and_kept_as_dots(world: World) -> None:
    save(world, people.CODE, "Msimbo: {code}")
    codes.send(organization=world.organization, purpose="sign_in", phone="+254712345678")
    message = Message.objects.get()
    assert message.shown == "Msimbo: ••••"
    assert portal.body(message).startswith("Msimbo: ")
    assert message.lane == "now"


# ---- hours ----


@pytest.mark.parametrize(
    ("local", "opens"),
    [
        ("2026-11-30 07:59", "2026-11-30 08:00"),
        ("2026-11-30 08:00", "2026-11-30 08:00"),
        ("2026-11-30 19:59", "2026-11-30 19:59"),
        ("2026-11-30 20:00", "2026-12-01 08:00"),
        ("2026-12-31 23:30", "2027-01-01 08:00"),
    ],
)
def test_what_may_wait_waits_for_the_hours(local: str, opens: str) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(f"{text}+03:00").astimezone(UTC)

    assert opens_at(utc(local), "Africa/Nairobi", 8, 20) == utc(opens)


def test_hours_go_by_the_clock_of_the_place_when_it_is_changed() -> None:
    night = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    assert opens_at(night, "Europe/Berlin", 8, 20) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def test_the_hours_are_changed(world: World) -> None:
    forget()
    hours: dict[str, int | None] = {"hour_from": 9, "hour_until": 18, "low_minor": None, "low_days": 7}
    for _ in range(2):
        policies.save(organization=world.organization, policy=hours, by=None)
    assert happened() == ["notices.timed"]
    assert event("notices.timed").payload == {"changed": {"hour_from": [8, 9], "hour_until": [20, 18]}}
    with refused("hours_wrong", "hour_until"):
        policies.save(organization=world.organization, policy={**hours, "hour_until": 9}, by=None)


# ---- reminders ----


def ends(world: World, at: datetime, *, paid_days_before: int = 30) -> Subscription:
    Subscription.objects.exclude(pk=world.otieno_home.pk).update(expires_at=None)
    Subscription.objects.filter(pk=world.otieno_home.pk).update(
        expires_at=at, renewed_at=at - timedelta(days=paid_days_before), activated_at=at - timedelta(days=40)
    )
    return Subscription.objects.get(pk=world.otieno_home.pk)


def days_pass(start: datetime, days: int, *, hours: int = 6) -> None:
    """The worker looks every so many hours."""
    for number in range(days * 24 // hours + 1):
        with clock.at(start + timedelta(hours=hours * number)):
            reminders.remind()


START = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


def test_not_4_who_is_to_pay_soon_is_told_three_days_and_a_day_before_and_when_it_has_ended(world: World) -> None:
    ends(world, START + timedelta(days=10))
    days_pass(START, 12)
    assert sent() == [
        ("package.expired", "email"),
        ("package.expired", "sms"),
        ("package.expiring_1", "email"),
        ("package.expiring_1", "sms"),
        ("package.expiring_3", "email"),
    ]
    assert "Home 10M ends 11 Nov" in Message.objects.get(kind="package.expiring_3").shown.replace("Nov 11", "11 Nov")


def test_a_reminder_is_said_once_whatever_the_worker_does(world: World) -> None:
    ends(world, START + timedelta(days=2))
    days_pass(START, 4, hours=1)
    before = Message.objects.count()
    reminders.Revision.objects.filter(name="reminders").update(number=int(START.timestamp()))
    with clock.at(START + timedelta(days=2)):
        reminders.remind()
    assert Message.objects.count() == before


def test_what_was_paid_meanwhile_is_not_reminded_of(world: World) -> None:
    ends(world, START + timedelta(days=4))
    with clock.at(START):
        reminders.remind()
    ends(world, START + timedelta(days=34))
    days_pass(START, 6)
    assert sent() == []


def test_a_day_pass_is_not_reminded_of_before_it_ends(world: World) -> None:
    ends(world, START + timedelta(days=1, hours=1), paid_days_before=1)
    days_pass(START, 3)
    assert sent() == [("package.expired", "email"), ("package.expired", "sms")]


def test_nobody_is_told_of_what_ended_before_the_first_look(world: World) -> None:
    ends(world, START - timedelta(hours=1))
    days_pass(START, 2)
    assert sent() == []


def test_after_a_long_sleep_the_last_two_days_are_told(world: World) -> None:
    ends(world, START + timedelta(days=9))
    with clock.at(START):
        reminders.remind()
    with clock.at(START + timedelta(days=10)):
        reminders.remind()
    assert ("package.expired", "sms") in sent()
    Message.objects.all().delete()
    with clock.at(START + timedelta(days=40)):
        reminders.remind()
    assert sent() == []


def test_a_reminder_waits_for_the_morning(world: World) -> None:
    night = datetime(2026, 11, 10, 23, 0, tzinfo=UTC)
    ends(world, night)
    days_pass(night - timedelta(hours=3), 1, hours=3)
    message = Message.objects.get(kind="package.expired", channel="sms")
    assert message.next_at.astimezone(UTC) == datetime(2026, 11, 11, 5, 0, tzinfo=UTC)


def test_the_deleted_and_ended_are_not_reminded(world: World) -> None:
    package = ends(world, START + timedelta(days=1))
    with clock.at(START):
        reminders.remind()
    removals.delete(customer=world.otieno, by=None)
    Subscription.objects.filter(pk=package.pk).update(ended_at=START)
    days_pass(START, 3)
    assert sent() == []


# ---- low balances ----


EVENING = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def low(world: World, *, days: int = 7, under: int | None = None) -> None:
    switch(world, money.LOW_BALANCE, "sms", is_on=True)
    wanted = {"hour_from": 8, "hour_until": 20, "low_minor": under, "low_days": days}
    policies.save(organization=world.organization, policy=wanted, by=None)


def evenings(count: int) -> list[int]:
    """How many were told on each evening."""
    told = []
    for number in range(count):
        with clock.at(EVENING + timedelta(days=number)):
            reminders.remind()
            reminders.remind()
        told.append(Message.objects.filter(kind="balance.low").count())
    return told


def test_not_2_who_cannot_pay_what_renews_next_is_told_once_in_so_many_days(world: World) -> None:
    low(world, days=3)
    ends(world, EVENING + timedelta(days=20))
    assert evenings(7) == [1, 1, 1, 2, 2, 2, 3]
    said = Message.objects.filter(kind="balance.low").first()
    assert said is not None
    assert "your balance is KES" in said.shown


def test_not_2_a_full_wallet_is_not_low(world: World) -> None:
    low(world)
    ends(world, EVENING + timedelta(days=20))
    receipts.take(customer=world.otieno, method="cash", amount_minor=250_000, key="k", by=None)
    assert evenings(1) == [0]


def test_not_2_under_a_set_sum(world: World) -> None:
    low(world, under=10_000)
    ends(world, EVENING + timedelta(days=20))
    receipts.take(customer=world.otieno, method="cash", amount_minor=10_000, key="k", by=None)
    assert evenings(1) == [0]
    low(world, under=10_001)
    assert evenings(1) == [0], "this evening was looked through"
    with clock.at(EVENING + timedelta(days=1)):
        assert reminders.low(world.organization, policies.of(world.organization), clock.now()).count() == 1
        reminders.remind()
    assert Message.objects.filter(kind="balance.low").count() == 1


def test_not_2_nobody_is_told_unless_it_is_switched_on_or_without_a_running_package(world: World) -> None:
    ends(world, EVENING + timedelta(days=20))
    assert evenings(1) == [0]
    low(world)
    ends(world, EVENING - timedelta(days=1))
    assert evenings(2) == [0, 0]


def test_not_2_it_is_looked_at_in_the_evening(world: World) -> None:
    low(world)
    ends(world, EVENING + timedelta(days=20))
    with clock.at(EVENING - timedelta(hours=4)):
        reminders.remind()
    assert sent() == []


def test_another_organization_is_not_told(world: World) -> None:
    low(world)
    policy = policies.of(world.neighbour)
    found: Any = reminders.low(world.neighbour, policy, EVENING)
    assert not set(found.values_list("organization", flat=True)) - {world.neighbour.pk}


def test_secrets_of_notices_are_nowhere(world: World) -> None:
    codes.send(organization=world.organization, purpose="sign_in", phone="+254712345678")
    code = portal.body(Message.objects.get()).split("code is ")[1][:6]
    assert code not in written()
