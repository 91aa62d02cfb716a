"""What strangers may write is bounded: addresses that are no NAS, and names that nobody has, by the hour."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.access.models import RefusalCount
from headend.access.refusals import Refused
from headend.doors.radius import counts as counting
from headend.doors.radius.counts import Counts
from headend.lib import clock
from tests.kit.packets import Door

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MOST = counting.MOST_MADE_UP


def flood(counts: Counts, first: int, times: int = 500, *, at: datetime = NOON) -> None:
    with clock.at(at):
        for number in range(first, first + times):
            counts.refused("nas_unknown", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
        counts.write(now=True)


def test_sources_that_are_no_nas_are_bounded_by_the_hour_and_all_counted(world):
    counts = Counts()
    for second in range(20):
        flood(counts, second * 500, at=NOON + timedelta(seconds=second))
    assert RefusalCount.objects.count() == MOST + 1
    assert RefusalCount.objects.get(source="many").count == 20 * 500 - MOST
    # Those that are written down already are counted on.
    flood(counts, 0, 1)
    assert RefusalCount.objects.get(source="10.0.0.0").count == 2


def test_another_hour_has_room_again(world):
    counts = Counts()
    flood(counts, 0)
    # The hour is looked at when something is written.
    flood(counts, 1000, 1, at=NOON + timedelta(hours=1))
    flood(counts, 2000, at=NOON + timedelta(hours=1))
    assert RefusalCount.objects.count() == 2 * (MOST + 1)


def test_what_the_event_loop_drops_is_bounded_too(world):
    counts = Counts()
    flood(counts, 0)
    counts.refused("too_busy", "192.0.2.7")
    counts.write(now=True)
    assert RefusalCount.objects.get(reason="too_busy").source == "many"


def test_names_that_nobody_has_are_bounded_on_each_nas(world):
    door = Door()
    for number in range(MOST + 50):
        door.pap(f"nobody-{number}".encode())
    door.counts.write(now=True)
    rows = RefusalCount.objects.filter(nas=world.hilltop, reason="user_unknown")
    assert rows.count() == MOST + 1
    assert rows.get(user_name="").count == 50


def test_a_name_in_many_spellings_is_one_and_never_summed_up(world):
    door = Door()
    for number in range(MOST):
        door.pap(f"nobody-{number}".encode())
    for name in (b"otieno", b"OTIENO", b" oTieno", b"Otieno  "):
        door.pap(name, password="wrong-one")
    door.counts.write(now=True)
    row = RefusalCount.objects.get(reason="password_wrong")
    assert (row.user_name, row.count) == ("otieno", 4)


def test_a_nas_is_counted_by_its_own_name_and_address_always(world):
    door = Door()
    flood(door.counts, 0)
    door.pap(b"otieno", password="wrong-one")
    assert Refused("password_wrong", "127.0.0.1", world.hilltop.pk, world.organization.pk, "otieno") in (
        door.counts._refused
    )
