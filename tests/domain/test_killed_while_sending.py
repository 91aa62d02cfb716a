"""A worker that is killed between any two steps: nobody is told twice, and nothing is lost without being seen.

It is killed before each statement in turn: between two of them stands whatever else it does, such as handing a message over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from headend.billing import receipts
from headend.lib import clock
from headend.messaging import carriers, deliveries, messages, notices, opt_outs
from headend.messaging.gateways.adapter import Call
from headend.messaging.models import Message
from tests.kit.billing import PHONE
from tests.kit.sms import Carriers, setup
from tests.kit.world import World

pytestmark = pytest.mark.django_db
# More steps than anything here has.
STEPS_MOST = 80


class Killed(BaseException):
    """The power went, or somebody was in a hurry."""


@contextmanager
def killed_at(step: int) -> Iterator[list[str]]:
    """Inside, the process ends before its statement of that number; those that were carried out are given."""
    done: list[str] = []

    def execute(run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        # A transaction that is cut off is rolled back: its own statements are no steps.
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            if len(done) == step:
                done.append("killed")
                raise Killed
            done.append(sql)
        return run(sql, *rest)

    with connection.execute_wrapper(execute), suppress(Killed):
        yield done


def at_each_step(do: Callable[[], object], after: Callable[[], object]) -> int:
    """Does it and is killed, one step later each time, until it comes to its end; looks `after` each. How many steps there are."""
    for step in range(STEPS_MOST):
        with killed_at(step) as done:
            do()
        after()
        if "killed" not in done:
            return step
    raise AssertionError("it has more steps than that")


@pytest.fixture
def network(settings: Any) -> Iterator[Carriers]:
    settings.MAY_REACH_INSIDE = True
    with Carriers() as network:
        yield network


def work(owner: str) -> None:
    while (claimed := messages.claim(owner=owner, now=clock.now())) is not None:
        messages.send(claimed)


@pytest.mark.parametrize(("name", "knows_ours"), [("bulksms", True), ("africastalking", False)])
def test_a_message_is_sent_once(world: World, network: Carriers, name: str, knows_ours: bool) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, name), by=None)
    states = []

    def begin() -> None:
        network.sent.clear()
        Message.objects.all().delete()

    def do() -> None:
        work("killed")

    def after() -> None:
        with clock.at(clock.now() + timedelta(minutes=1)):
            work("the next one")
        message = Message.objects.get()
        states.append(message.state)
        assert message.body_sealed is None
        assert message.state == "sent" or (not knows_ours and message.state == "unknown")
        # Of one that is unknown nobody knows; of one that was sent everybody does.
        assert len(network.sent) == 1 or (message.state == "unknown" and network.sent == [])
        begin()
        say()

    def say() -> None:
        messages.queue(organization=world.organization, kind="test", to=PHONE, body="Hello")

    begin()
    say()
    assert at_each_step(do, after) > 8
    # It was killed before and after handing over.
    assert ("unknown" in states) is not knows_ours
    assert "sent" in states


def test_what_happened_is_told_once(world: World, network: Carriers) -> None:
    carriers.set_up(organization=world.organization, setup=setup(network, "bulksms"), by=None)
    while notices.hand_on():
        pass
    numbers = iter(range(STEPS_MOST + 1))

    def pay() -> None:
        receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key=f"m{next(numbers)}", by=None)

    def after() -> None:
        while notices.hand_on():
            pass
        assert Message.objects.filter(kind="payment.received").count() == 1
        Message.objects.all().delete()
        pay()

    pay()
    assert at_each_step(notices.hand_on, after) > 4


def test_what_a_carrier_tells_is_heard_when_it_is_told_again(world: World, network: Carriers) -> None:
    """It was answered with an error, or not at all, so it tells it again."""
    carrier = carriers.set_up(organization=world.organization, setup=setup(network, "bulksms"), by=None)
    said = [
        {"id": "7", "type": "SENT", "status": {"type": "DELIVERED"}},
        {"id": "8", "type": "RECEIVED", "from": PHONE, "to": "22141", "body": "STOP"},
    ]

    def begin() -> None:
        Message.objects.all().delete()
        opt_outs.withdraw(organization=world.organization, channel="sms", address=PHONE, how="staff")
        Message.objects.create(
            organization=world.organization, channel="sms", to=PHONE, state="sent", shown="Hello", carrier_reference="7"
        )

    def do() -> None:
        deliveries.take(carrier=carrier, call=Call("", said))

    def after() -> None:
        do()
        assert Message.objects.get(is_incoming=False).state == "delivered"
        assert Message.objects.get(is_incoming=True).shown == "STOP"
        assert opt_outs.is_out(world.organization, "sms", PHONE)
        begin()

    begin()
    assert at_each_step(do, after) > 6
