"""Carriers that tell nothing by themselves are asked: what became of messages, and what is left to send with."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from headend.doors.worker import loop, schedule
from headend.lib import clock
from headend.messaging import askings, carrier_credit, carriers, messages
from headend.messaging.models import Carrier, Message
from headend.system.models import Job
from tests.kit.billing import PHONE
from tests.kit.sms import KEY, Carriers, setup
from tests.kit.verbs import refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(settings: Any) -> Iterator[Carriers]:
    settings.MAY_REACH_INSIDE = True
    with Carriers() as network:
        yield network


def sent(world: World, network: Carriers, name: str, number: int = 1) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, name), by=None)
    for _ in range(number):
        messages.queue(organization=world.organization, kind="test", to=PHONE, body="Hello")
    loop.run_once()
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    network.questions.clear()


def look(minutes: float) -> None:
    """The worker looks at a later time."""
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        askings.queue_due()
        loop.run_once()


@pytest.mark.parametrize(
    ("name", "status", "state"),
    [
        ("hubtel", "Delivered", "delivered"),
        ("hubtel", "Undelivered", "failed"),
        ("hubtel", "Pending", "sent"),
        ("semaphore", "Sent", "sent"),
        ("semaphore", "Failed", "failed"),
    ],
)
def test_not_8_a_carrier_is_asked(world: World, network: Carriers, name: str, status: str, state: str) -> None:
    sent(world, network, name)
    network.status = status

    look(0)
    assert network.questions == []
    look(2)

    message = Message.objects.get()
    assert message.state == state
    assert len(network.questions) == 1
    assert (message.ask_at is None) == (state != "sent")
    assert KEY not in written()


def test_it_is_asked_ever_less_often_and_after_a_day_no_more(world: World, network: Carriers) -> None:
    sent(world, network, "hubtel")
    network.status = "Sent"
    for minutes in range(2, 60 * 30, 5):
        look(minutes)
    assert 8 <= len(network.questions) <= 14
    assert Message.objects.get().ask_at is None
    assert Message.objects.get().state == "sent"


def test_one_that_does_not_answer_is_left_alone_this_time(world: World, network: Carriers) -> None:
    sent(world, network, "hubtel", number=5)
    network.mood = "trouble"
    look(2)
    assert len(network.questions) == 1
    network.mood, network.status = "", "Delivered"
    look(3)
    assert set(Message.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_few_are_asked_about_at_once(world: World, network: Carriers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askings, "ASKED_AT_ONCE", 2)
    sent(world, network, "hubtel", number=3)
    network.status = "Delivered"
    look(2)
    assert len(network.questions) == 2


def test_who_changes_the_carrier_is_asked_no_more(world: World, network: Carriers) -> None:
    sent(world, network, "hubtel")
    carriers.set_up(organization=world.organization, setup=setup(network, "celcom"), by=None)
    look(2)
    assert network.questions == []
    look(60 * 25)
    assert Message.objects.get().ask_at is None


def test_the_key_goes_to_nobody_else(world: World, network: Carriers) -> None:
    description = setup(network, "semaphore")
    for name in ("ask_url", "credit_url"):
        options = {**description.options, name: "https://elsewhere.example/?key={key}"}
        with refused("carrier_elsewhere", name):
            carriers.set_up(
                organization=world.organization, setup=setup(network, "semaphore", options=options), by=None
            )
    options = {**description.options, "ask_url": f"{network.url}/x?{{wrong}}"}
    with refused("place_unknown", "ask_url"):
        carriers.set_up(organization=world.organization, setup=setup(network, "semaphore", options=options), by=None)


def test_credit_is_asked_for_every_hour(world: World, network: Carriers) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, "semaphore"), by=None)
    loop.run_once()
    assert Carrier.objects.get().credit == "1234"
    Carrier.objects.update(credit="")

    with clock.at(clock.now() + timedelta(hours=1)):
        schedule.queue_due(clock.now())
        assert Job.objects.filter(kind="sweep_credit").exists()
        carrier_credit.queue_questions()
        loop.run_once()
    assert Carrier.objects.get().credit == "1234"


@pytest.mark.parametrize(
    ("credit", "least", "is_short"),
    [
        ("KES 100.00", "100", False),
        ("KES 99.90", "100", True),
        ("12.34 USD", "20", True),
        ("KES 1,234.50", "500", False),
        ("-3", "0", True),
        ("", "100", False),
        ("250.5", None, False),
    ],
)
def test_credit_that_ends_is_seen(
    world: World, network: Carriers, credit: str, least: str | None, is_short: bool
) -> None:
    given = {"credit_least": Decimal(least) if least else None}
    carriers.set_up(organization=world.organization, setup=setup(network, "bulksms", **given), by=None)
    Carrier.objects.update(credit=credit)
    assert carrier_credit.is_short(Carrier.objects.get()) is is_short


def test_a_carrier_that_says_no_credit_is_short_until_it_takes_one_again(world: World, network: Carriers) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, "celcom"), by=None)
    for mood, is_short in (("no credit", True), ("", False)):
        network.mood = mood
        messages.queue(organization=world.organization, kind="test", to=PHONE, body="Hello")
        loop.run_once()
        assert carrier_credit.is_short(Carrier.objects.get()) is is_short
