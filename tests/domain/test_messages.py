"""Messages, the notices that cause them, and what stays of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from headend.access import plans, vouchers
from headend.access.models import Credential, Subscription, Voucher
from headend.billing import purchases, receipts
from headend.customers import customers
from headend.doors.worker import loop
from headend.lib import clock
from headend.messaging import carriers, messages, notices
from headend.messaging.catalogue import places
from headend.messaging.gateways.adapter import Parcel
from headend.messaging.models import Message
from headend.system.models import Event
from tests.kit.billing import PHONE, pays, practice
from tests.kit.money import Money
from tests.kit.verbs import written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def money() -> Iterator[Money]:
    with Money() as network:
        yield network


def carry(world: World, base_url: str = "http://127.0.0.1:9", key: str = "practice-key") -> None:
    carriers.add(organization=world.organization, kind="fake", base_url=base_url, sender="BaobabNet", key=key, by=None)


def say(world: World, body: str = "Hello", **more: object) -> bool:
    return messages.queue(organization=world.organization, kind="test", to=PHONE, body=body, **more)  # type: ignore[arg-type]  # of the test


def test_it_works(world: World, money: Money) -> None:
    carry(world, money.url, money.key)
    assert say(world, "Hello Otieno")

    loop.run_once()

    message = Message.objects.get()
    assert (message.state, message.attempts, message.body_sealed) == ("sent", 1, None)
    assert message.carrier_reference.startswith("sm_")
    (sms,) = money.sms_to(PHONE)
    assert (sms["body"], sms["sender"], sms["id"]) == ("Hello Otieno", "BaobabNet", message.uid.hex)


def test_without_a_carrier_nothing_is_queued(world: World) -> None:
    assert not say(world)
    assert not Message.objects.exists()


def test_said_once(world: World) -> None:
    carry(world)
    for _ in range(2):
        assert say(world, unique_key="once")
    assert Message.objects.count() == 1


def test_a_secret_is_nowhere_in_clear(world: World, money: Money) -> None:
    carry(world, money.url, money.key)
    say(world, "Code 900817", shown="Code ••••")

    stored = Message.objects.values().get()
    assert "900817" not in str({**stored, "body_sealed": bytes(stored["body_sealed"])})
    loop.run_once()
    assert Message.objects.get().shown == "Code ••••"
    assert money.sms_to(PHONE)[-1]["body"] == "Code 900817"


def test_the_carrier_is_not_there(world: World) -> None:
    carry(world)
    say(world)

    tries = messages.TRIES["soon"]
    for minutes in range(0, 8 * tries, 8):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            loop.run_once()

    message = Message.objects.get()
    assert (message.state, message.attempts, message.body_sealed) == ("failed", tries, None)
    assert message.error


def test_the_carrier_refuses(world: World, money: Money) -> None:
    carry(world, money.url, "another key")
    say(world)

    loop.run_once()

    message = Message.objects.get()
    assert (message.state, message.attempts, message.body_sealed) == ("failed", 1, None)


def test_the_worker_dies_after_handing_over(world: World, money: Money) -> None:
    """The carrier knows our id: the message is sent again and arrives once."""
    carry(world, money.url, money.key)
    say(world, "Only once")
    claimed = messages.claim(owner="dead", now=clock.now())
    assert claimed is not None
    adapter, target = carriers.speak(carriers.of(world.organization))  # type: ignore[arg-type]  # it was just added
    adapter.send(target, Parcel(claimed.uid.hex, PHONE, "Only once"))

    with clock.at(clock.now() + timedelta(minutes=1)):
        loop.run_once()

    assert Message.objects.get().state == "sent"
    assert [sms["body"] for sms in money.sms_to(PHONE)].count("Only once") == 1


def test_a_code_overtakes_five_thousand_others(world: World, money: Money) -> None:
    """Whatever waits in other lanes, and however busy the carrier is with them."""
    carry(world, money.url, money.key)
    say(world, lane="bulk")
    (first,) = Message.objects.all()
    copies = [
        Message(organization=world.organization, channel="sms", lane="bulk", kind="test", to=PHONE)
        for _ in range(4_999)
    ]
    for copy in copies:
        copy.next_at = first.next_at
    Message.objects.bulk_create(copies, batch_size=500)
    for _ in range(messages.AT_ONCE):
        assert messages.claim(owner="w", now=clock.now(), lane="bulk")
    assert messages.claim(owner="w", now=clock.now(), lane="bulk") is None
    say(world, "Your code", lane="now")

    claimed = messages.claim(owner="w", now=clock.now(), lane="now")

    assert claimed is not None
    messages.send(claimed)
    assert claimed.state == "sent"


def test_a_carrier_that_hangs_holds_up_nobody_else(world: World) -> None:
    carry(world)
    carriers.add(organization=world.neighbour, kind="fake", base_url="http://127.0.0.1:9", sender="R", key="k", by=None)
    for _ in range(messages.AT_ONCE + 3):
        say(world)
    messages.queue(organization=world.neighbour, kind="test", to="+254700000001", body="Hello")
    taken = [messages.claim(owner=f"w{number}", now=clock.now()) for number in range(messages.AT_ONCE + 2)]

    assert [row.organization_id for row in taken if row].count(world.neighbour.pk) == 1
    assert taken[-1] is None, "a thread is left for others"


def test_a_carrier_that_does_not_answer_is_left_alone_for_a_while(world: World, money: Money) -> None:
    """Codes are tried all the same, and the first answer ends it."""
    carry(world)
    for _ in range(carriers.TROUBLES_BORNE):
        say(world)
    loop.run_once()
    say(world)
    assert messages.claim(owner="w", now=clock.now()) is None

    carriers.move(carrier=carriers.of(world.organization), base_url=money.url, key=money.key)  # type: ignore[arg-type]  # it was just added
    say(world, lane="now")
    loop.run_once()

    assert [row.state for row in Message.objects.order_by("-pk")[:2]] == ["sent", "sent"]


def test_what_may_wait_is_not_sent_before(world: World, money: Money) -> None:
    carry(world, money.url, money.key)
    say(world, not_before=clock.now() + timedelta(hours=2))
    loop.run_once()
    assert Message.objects.get().state == "queued"

    with clock.at(clock.now() + timedelta(hours=2)):
        loop.run_once()
    assert Message.objects.get().state == "sent"


def test_a_voucher_that_was_bought_is_told(world: World, money: Money) -> None:
    carry(world, money.url, money.key)
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=practice(world.organization), phone=PHONE, key="k"
    )
    pays(purchase)

    while notices.hand_on():
        pass

    voucher = Voucher.objects.get()
    password = vouchers.open_password(voucher)
    message = Message.objects.get(kind="voucher.bought")
    assert (message.to, message.customer_id) == (PHONE, world.otieno.pk)
    assert password not in message.shown
    assert voucher.code not in message.shown
    loop.run_once()
    bodies = [sms["body"] for sms in money.sms_to(PHONE)]
    assert f"Baobab Net: your Day pass. Code {voucher.code}, password {password}" in bodies
    assert password not in written()


def test_a_renewal_is_told_in_one_message(world: World) -> None:
    carry(world)
    receipts.take(
        customer=world.otieno, method="cash", amount_minor=250_000, key="a", by=None, subscription=world.otieno_home
    )

    while notices.hand_on():
        pass

    end = Subscription.objects.get(pk=world.otieno_home.pk).expires_at
    assert end is not None
    said = f"Baobab Net: Home 10M is active. It runs until {places.end(end, world.organization)}. Thank you."
    assert Message.objects.get().shown == said


def test_each_event_is_handed_on_once(world: World) -> None:
    carry(world)
    receipts.take(customer=world.otieno, method="cash", amount_minor=250_000, key="a", by=None)

    while notices.hand_on():
        pass
    assert notices.hand_on() == 0

    assert not Event.objects.filter(handled_at=None).exists()
    message = Message.objects.get()
    assert message.shown == "Baobab Net: we have received KES\N{NO-BREAK SPACE}2,500.00. Thank you."
    # Even if it were handed on again, nobody is told twice.
    Event.objects.update(handled_at=None)
    while notices.hand_on():
        pass
    assert Message.objects.count() == 1


def test_money_that_bought_nothing_is_told(world: World) -> None:
    carry(world)
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=practice(world.organization), phone=PHONE, key="k"
    )
    plans.retire(plan=world.day_pass, by=None)
    pays(purchase)

    while notices.hand_on():
        pass

    shown = Message.objects.get(kind="purchase.unfulfilled").shown
    assert "could not give you Day pass" in shown


def test_one_event_that_cannot_be_told_does_not_stop_the_others(world: World, settings: Any, caplog: Any) -> None:
    carry(world)
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=practice(world.organization), phone=PHONE, key="k"
    )
    pays(purchase)
    Credential.objects.filter(voucher__isnull=False).update(secret_sealed=b"broken")
    receipts.take(customer=world.customers["grace"], method="cash", amount_minor=250_000, key="a", by=None)

    while notices.hand_on():
        pass

    assert not Event.objects.filter(handled_at=None).exists()
    assert set(Message.objects.values_list("kind", flat=True)) == {"payment.received"}
    assert "could not be told" in caplog.text


def test_who_has_no_phone_is_not_told(world: World) -> None:
    carry(world)
    customers.edit(customer=world.otieno, by=None, phone="")
    receipts.take(customer=world.otieno, method="cash", amount_minor=250_000, key="a", by=None)

    while notices.hand_on():
        pass

    assert not Message.objects.exists()


def test_old_messages_are_forgotten(world: World, money: Money) -> None:
    carry(world, money.url, money.key)
    say(world)
    loop.run_once()
    assert messages.forget() == 0
    with clock.at(clock.now() + timedelta(days=91)):
        assert messages.forget() == 1
