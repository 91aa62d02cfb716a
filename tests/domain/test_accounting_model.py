"""What is counted agrees to the octet with a plain model of routers: see `tests.nature`."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from headend.access.models import Session
from headend.lib import clock
from headend.network import nas as nas_verbs
from tests.nature import Kind, Nature, Weather
from tests.router import Router, audited
from tests.threads import at_once
from tests.world import World

# Another one each time, and the same again where it is given.
SEED = int(os.environ.get("HEADEND_TEST_SEED") or Random().getrandbits(32))
EXAMPLES, STEPS = 30, 64
PACKETS = 5_000
OTHER_SECRET = "lakeside-secret-1234"
USERS = ("otieno", "grace")

clocks = st.sampled_from([None, 0, -1800, -5 * 86_400, 3 * 3600])
# Without Class only a clock that goes on evenly can tell what followed what.
with_class = st.builds(
    Kind, st.just(True), st.sampled_from(["always", "needed", "never"]), clocks, clocks, st.booleans()
)
without_class = st.builds(
    Kind, st.just(False), st.sampled_from(["always", "needed", "never"]), clocks, st.none(), st.booleans()
)
percent = st.sampled_from([0, 10, 30])
weathers = st.builds(Weather, percent, percent, percent, st.sampled_from([0, 5]), st.tuples(with_class, without_class))


def nature(world: World, weather: Weather, random: Random) -> Nature:
    """Some hours of hilltop, whose packets have our Class, and of lakeside, whose have none."""
    lakeside = world.organization.nas_set.filter(name="lakeside").first() or nas_verbs.add(
        organization=world.organization, by=None, name="lakeside", address="127.0.0.9", secret=OTHER_SECRET
    )
    users = {name: world.subscriptions[name].pk for name in USERS}
    made = Nature(
        random,
        weather,
        users,
        clock.now().replace(microsecond=0),
        routers=(Router(), Router(lakeside.address, OTHER_SECRET)),
    )
    made.live(STEPS)
    return made


def assert_agrees(world: World, told: Nature) -> None:
    """Every session that was heard of is one, with what its last report said; those live that do."""
    nas_ids = [world.hilltop.pk, world.organization.nas_set.get(name="lakeside").pk]
    wanted = Counter(
        (nas_ids[line.nas], told.users[line.user], *line.known) for line in told.lines if line.known is not None
    )
    rows = Session.objects.values_list("nas_id", "subscription_id", "session_seconds", "upload_bytes", "download_bytes")
    assert Counter(rows) == wanted
    live = Counter((nas_ids[line.nas], line.user) for line in told.lines if line.is_live)
    stopped = {line.token for line in told.lines if line.is_stopped and line.nas == 0}
    is_open = Session.objects.filter(ended_at=None)
    assert not live - Counter(is_open.values_list("nas_id", "user_name"))
    assert not is_open.filter(class_token__in=stopped).exists()
    assert audited() == []


def test_what_is_counted_agrees_with_what_arrived(world: World) -> None:
    print(f"HEADEND_TEST_SEED={SEED}")
    packets = 0

    @seed(SEED)
    # Without shrinking: an example takes half a second.
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(weathers, st.integers(0, 2**64))
    def run(weather: Weather, number: int) -> None:
        nonlocal packets
        with transaction.atomic():
            told = nature(world, weather, Random(number))
            for at, batch in told.batches():
                with clock.at(told.began_at + timedelta(seconds=at)):
                    for nas, router in enumerate(told.routers):
                        mine = [packet.datagram for packet in batch if packet.nas == nas]
                        assert all(router.send(*mine))
            packets += len(told.sent)
            assert_agrees(world, told)
            transaction.set_rollback(True)

    run()
    assert packets >= PACKETS


test_what_is_counted_agrees_with_what_arrived = pytest.mark.django_db(test_what_is_counted_agrees_with_what_arrived)
