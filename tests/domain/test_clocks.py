"""A clock that goes on is trusted; one that was set back, or stands far ahead, is not, until it is right or confirmed."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headend.access import enforcement, facts
from headend.access.authorize import Grant, decide
from headend.access.models import Subscription
from headend.doors.worker import loop, schedule
from headend.lib import clock
from headend.messaging.models import Message
from headend.system import clocks
from headend.system.models import Event, Job, Revision
from tests.kit.verbs import connects
from tests.kit.world import World

pytestmark = pytest.mark.django_db
LONG_AGO, FAR_AHEAD = datetime(1970, 1, 1, 0, 1, tzinfo=UTC), datetime(2038, 1, 19, tzinfo=UTC)
SetTo = Callable[[datetime | timedelta], None]


@pytest.fixture
def set_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetTo]:
    """Sets the machine's clock, for this process; at first it is right."""
    file = tmp_path / "clock"
    written = iter(range(1_000_000))

    def write(to: datetime | timedelta) -> None:
        offset = to if isinstance(to, timedelta) else to - datetime.now(UTC)
        # Another length each time: a file system's time may be the same twice.
        file.write_text(f"{offset.total_seconds()} {' ' * next(written)}")
        # Whoever looks, looks again at once.
        monkeypatch.setattr(clocks, "_next_look", 0.0)

    write(timedelta())
    monkeypatch.setenv(clock.FILE_VARIABLE, str(file))
    monkeypatch.setattr(clocks, "_was_trusted", True)
    yield write
    clock.know_nothing()


def begin() -> None:
    """A process starts."""
    clock.know_nothing()
    clocks.load()


def seconds_off(instant: datetime) -> float:
    return abs((instant - datetime.now(UTC)).total_seconds())


def test_it_works(world: World, set_to: SetTo) -> None:
    begin()
    assert clocks.look().is_trusted
    set_to(LONG_AGO)

    judgement = clocks.look()

    assert not judgement.is_trusted
    assert judgement.clock_at.year == 1970
    assert judgement.known_at is not None
    assert seconds_off(judgement.known_at) < 60
    # The product's own time runs on from what was known.
    assert seconds_off(clock.now()) < 60
    time.sleep(0.01)
    assert clock.now() > judgement.now
    assert clock.held(clock.now()) == clock.held(clock.now() + timedelta(days=1))


@pytest.mark.parametrize(
    ("off", "trusted"),
    [
        (timedelta(seconds=-250), True),
        (timedelta(seconds=-350), False),
        (timedelta(days=-1), False),
        (timedelta(days=6, hours=23), True),
        (timedelta(days=7, hours=1), False),
    ],
)
def test_how_far_a_clock_may_be_from_what_is_known(world: World, set_to: SetTo, off: timedelta, trusted: bool) -> None:
    clocks._keep("clock", clock.now())
    set_to(off)

    begin()

    assert clock.judge().is_trusted is trusted


def test_a_new_installation_takes_the_clock_as_it_is(set_to: SetTo) -> None:
    set_to(FAR_AHEAD)
    begin()

    assert clocks.look().is_trusted
    assert clock.now().year == 2038
    assert clock.held(clock.now()).year == 2038


def test_an_installation_that_never_kept_the_time_knows_its_newest_event(world: World, set_to: SetTo) -> None:
    assert not Revision.objects.filter(name="clock").exists()
    set_to(LONG_AGO)

    begin()

    assert not clock.judge().is_trusted
    assert clock.judge().known_at == Event.objects.latest("pk").at


@pytest.mark.parametrize("wrong", [LONG_AGO, FAR_AHEAD])
def test_nobody_expires_and_who_had_expired_stays_so(world: World, set_to: SetTo, wrong: datetime) -> None:
    connects(world, "otieno")
    clocks._keep("clock", clock.now())
    set_to(wrong)

    begin()

    assert isinstance(decide(facts.for_name(world.organization, "grace")), Grant)
    assert enforcement.sweep() == 0
    Subscription.objects.update(expires_at=clock.now() - timedelta(hours=1))
    assert not isinstance(decide(facts.for_name(world.organization, "grace")), Grant)
    assert enforcement.sweep() == 1


def test_time_that_runs_on_while_nobody_trusts_the_clock_expires_nobody(world: World, set_to: SetTo) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    clocks._keep("clock", now)
    clocks._keep("clock:running", now + timedelta(days=3))
    world.otieno_home.expires_at = now + timedelta(hours=1)
    world.otieno_home.save()
    set_to(LONG_AGO)

    begin()

    assert clock.now() - now > timedelta(days=2), "a process that starts later agrees with the others"
    assert isinstance(decide(facts.for_name(world.organization, "otieno")), Grant)


def test_a_clock_that_comes_right_is_trusted_by_itself(world: World, set_to: SetTo) -> None:
    begin()
    clocks.look()
    set_to(LONG_AGO)
    assert not clocks.look().is_trusted
    assert Revision.objects.filter(name="clock:running").exists()

    set_to(timedelta(hours=5))

    assert clocks.look().is_trusted
    assert clock.now() - datetime.now(UTC) > timedelta(hours=4)
    assert not Revision.objects.filter(name="clock:running").exists()


@pytest.mark.parametrize("right", [LONG_AGO, FAR_AHEAD])
def test_what_one_process_was_told_the_others_find(world: World, set_to: SetTo, right: datetime) -> None:
    begin()
    clocks.look()
    set_to(right)
    clocks.look()
    of_this_process = clock._known

    clocks.confirm(organization=world.organization, by=world.staff["owner"].staff)
    clock._known = of_this_process
    clocks._next_look = 0.0

    assert clocks.look().is_trusted
    assert clock.now().year == right.year
    said = Event.objects.get(kind="clock.confirmed")
    assert said.payload["clock_at"].startswith(str(right.year))
    assert (said.staff, said.customer_id) == (world.staff["owner"].staff, None)


def test_a_trusted_clock_needs_nobody_to_confirm_it(world: World, set_to: SetTo) -> None:
    begin()
    clocks.confirm(organization=world.organization, by=world.staff["owner"].staff)

    assert not Event.objects.filter(kind="clock.confirmed").exists()


def test_the_time_is_kept_once_a_minute(world: World, set_to: SetTo) -> None:
    begin()
    clocks.look()
    Revision.objects.filter(name="clock").update(number=5)

    clocks.look()
    assert Revision.objects.get(name="clock").number == 5
    clocks._next_look = 0.0
    clocks.look()

    assert seconds_off(datetime.fromtimestamp(Revision.objects.get(name="clock").number, UTC)) < 60


def test_the_worker_waits_with_what_goes_by_time(world: World, set_to: SetTo) -> None:
    Message.objects.create(organization=world.organization, channel="sms", kind="test", to="+254712345678", shown="")
    clocks._keep("clock", clock.now())
    set_to(LONG_AGO)
    begin()

    schedule.queue_due(clock.now())
    assert sorted(
        Job.objects.filter(kind__in=schedule.KINDS).exclude(kind="enforce").values_list("kind", flat=True)
    ) == [
        "reap",
        "sweep",
    ]
    loop.run_once()
    assert Message.objects.get().state == "queued"
    set_to(timedelta())
    loop.run_once()

    assert Message.objects.get().state != "queued"
    assert schedule.queue_due(clock.now()) == len(schedule.PERIODIC) - 2
