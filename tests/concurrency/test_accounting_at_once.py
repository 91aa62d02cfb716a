"""Two processes take the packets of two routers: what they count together agrees to the octet with what arrived."""

import os
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest

from headend.lib import clock
from tests.kit.nature import OTHER_SECRET, Kind, Weather, assert_agrees, live
from tests.kit.router import Router
from tests.kit.threads import at_once
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SEED = int(os.environ.get("HEADEND_TEST_SEED") or Random().getrandbits(32))
WEATHER = Weather(
    lost=10,
    repeated=30,
    late=30,
    restarts=3,
    kinds=(
        Kind(echoes_class=True, gigawords="never", ahead=-1800, later_ahead=None, tells_delay=False),
        Kind(echoes_class=False, gigawords="needed", ahead=0, later_ahead=None, tells_delay=True),
    ),
)
STEPS = 40


class Process:
    """A door of its own, as a second process has it."""

    def __init__(self) -> None:
        self._routers = (Router(), Router("127.0.0.9", OTHER_SECRET))

    def take(self, at: datetime, datagrams: list[tuple[int, bytes]]) -> bool:
        with clock.at(at):
            return all(
                all(router.send(*[datagram for of, datagram in datagrams if of == nas]))
                for nas, router in enumerate(self._routers)
            )


def test_two_processes_count_what_arrived(lasting_world: World) -> None:
    print(f"HEADEND_TEST_SEED={SEED}")  # noqa: T201 - what a failure is repeated by
    told = live(lasting_world, WEATHER, Random(SEED), STEPS)
    processes = Process(), Process()

    for seconds, batch in told.batches():
        at = told.began_at + timedelta(seconds=seconds)
        # Each packet to either, and some to both: a router asks its second server when the first is slow.
        shares: list[list[tuple[int, bytes]]] = [[], []]
        for packet in batch:
            for share in told.random.choice(([0], [1], [0, 1])):
                shares[share].append((packet.nas, packet.datagram))
        acts = [partial(process.take, at, share) for process, share in zip(processes, shares, strict=True)]
        assert at_once(*acts) == [True, True]

    assert_agrees(lasting_world, told)
