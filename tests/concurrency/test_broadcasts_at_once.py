"""Broadcasts at the same moment: begun twice, written by two workers, stopped while written; and what others get meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from headend.access import sessions
from headend.customers.models import Customer
from headend.doors.worker import loop
from headend.messaging import broadcasts, carriers, codes
from headend.messaging.models import Broadcast, Link, Message
from headend.network.models import Command
from headend.system.models import Event, Job
from tests.kit import console, portal, sample
from tests.kit.money import Money
from tests.kit.threads import at_once
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 5_000
FEW = 350
CODE_SECONDS = 5.0
DISCONNECT_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def money() -> Iterator[Money]:
    with Money() as network:
        yield network


def crowd(world: World, number: int) -> None:
    rows = [
        Customer(
            organization=world.organization,
            group_id=world.otieno.group_id,
            account_number=f"M-{each:05d}",
            account_number_key=f"M{each:05d}",
            first_name=f"Maria {each}",
            phone=f"+25473{each:07d}",
            sort_key=f"maria {each}",
        )
        for each in range(number)
    ]
    Customer.objects.bulk_create(rows, batch_size=500)


def begun(world: World) -> Broadcast:
    broadcast = sample.broadcast(world.organization)
    broadcasts.begin(broadcast=broadcast, by=None)
    broadcast.refresh_from_db()
    return broadcast


def wait_for(what: Callable[[], bool], seconds: float) -> float:
    """How long it took until it was so."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it took too long"
        time.sleep(0.02)
    return time.monotonic() - began


def test_begun_by_two_at_once_it_is_begun_once(lasting_world: World) -> None:
    portal.add_carrier(lasting_world.organization)
    broadcast = sample.broadcast(lasting_world.organization)
    assert at_once(*[lambda: broadcasts.begin(broadcast=broadcast, by=None)] * 3) == [None] * 3
    assert Event.objects.filter(kind="broadcast.begun").count() == 1
    assert Job.objects.filter(kind="write_broadcast").count() == 1


def test_two_workers_that_write_it_at_once_write_to_each_once(lasting_world: World) -> None:
    portal.add_carrier(lasting_world.organization)
    crowd(lasting_world, FEW)
    broadcast = begun(lasting_world)
    assert at_once(*[lambda: broadcasts.write(broadcast_id=broadcast.pk)] * 3) == [None] * 3
    broadcast.refresh_from_db()
    assert broadcast.written == Message.objects.count() == Link.objects.count() == FEW + 3
    assert Message.objects.values("to").distinct().count() == FEW + 3


def test_stopped_while_it_is_written_nothing_waits_after_it(lasting_world: World) -> None:
    portal.add_carrier(lasting_world.organization)
    crowd(lasting_world, FEW)
    broadcast = begun(lasting_world)
    acts = at_once(
        lambda: broadcasts.write(broadcast_id=broadcast.pk), lambda: broadcasts.stop(broadcast=broadcast, by=None)
    )
    assert acts == [None, None]
    assert not Message.objects.filter(state="queued").exists()
    broadcast.refresh_from_db()
    assert broadcast.state == "stopped"
    assert Message.objects.count() == broadcast.written <= FEW + 3


@pytest.mark.real_time
def test_with_5000_queued_a_code_and_a_disconnect_leave_at_once(lasting_world: World, money: Money) -> None:
    world = lasting_world
    carriers.add(
        organization=world.organization, kind="fake", base_url=money.url, sender="Baobab", key=money.key, by=None
    )
    crowd(world, PEOPLE)
    broadcast = begun(world)
    broadcasts.write(broadcast_id=broadcast.pk)
    assert Message.objects.filter(state="queued").count() == PEOPLE + 3
    _, session = console.make_session(world)
    stopping = threading.Event()
    threads = loop.start(stopping)
    try:
        sent = Message.objects.filter(broadcast=broadcast, state="sent")
        wait_for(lambda: sent.count() >= 10, PATIENCE_SECONDS)
        codes.send(organization=world.organization, purpose="portal", phone=world.otieno.phone)
        of_code = Message.objects.filter(kind="one_time_code", state="sent")
        assert wait_for(of_code.exists, PATIENCE_SECONDS) < CODE_SECONDS
        command = sessions.disconnect(session=session, by=None)
        told = Command.objects.filter(pk=command.pk, attempts__gt=0)
        assert wait_for(told.exists, PATIENCE_SECONDS) < DISCONNECT_SECONDS
        assert Message.objects.filter(broadcast=broadcast, state="queued").count() > PEOPLE / 2
    finally:
        stopping.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
