"""How often who was refused, for what: one row an hour, kept 30 days."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.access import refusals
from headend.access.models import RefusalCount
from headend.access.refusals import Refused
from headend.lib import clock
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)


def wrong_password(world: World, name: str = "Otieno") -> Refused:
    return Refused("password_wrong", "127.0.0.1", world.hilltop.pk, world.organization.pk, name)


def test_it_works(world: World) -> None:
    refusals.count([(wrong_password(world), 2, NOW)])

    (row,) = RefusalCount.objects.all()
    assert (row.organization, row.nas, row.source, row.user_name, row.name_key, row.reason, row.count) == (
        world.organization,
        world.hilltop,
        "127.0.0.1",
        "Otieno",
        "otieno",
        "password_wrong",
        2,
    )
    assert (row.hour, row.last_at) == (NOW.replace(minute=0, second=0), NOW)


def test_an_hour_is_one_row(world: World) -> None:
    refusals.count([(wrong_password(world), 2, NOW)])
    refusals.count([(wrong_password(world), 3, NOW + timedelta(minutes=20))])
    refusals.count([(wrong_password(world), 1, NOW + timedelta(hours=1))])

    rows = RefusalCount.objects.order_by("hour").values_list("count", "last_at")
    assert list(rows) == [(5, NOW + timedelta(minutes=20)), (1, NOW + timedelta(hours=1))]


def test_what_is_not_ours_is_counted_too() -> None:
    unknown = Refused("nas_unknown", "192.0.2.7")

    refusals.count([(unknown, 1, NOW)])
    refusals.count([(unknown, 1, NOW)])

    row = RefusalCount.objects.get()
    assert (row.organization, row.nas, row.nas_key, row.count) == (None, None, 0, 2)


def test_a_flood_is_summed_up() -> None:
    flood = [(Refused("nas_unknown", f"10.0.{number // 250}.{number % 250}"), 2, NOW) for number in range(1200)]

    refusals.count(flood)

    assert RefusalCount.objects.count() == refusals.MOST_ROWS + 1
    assert RefusalCount.objects.get(source="many").count == 400
    assert sum(RefusalCount.objects.values_list("count", flat=True)) == 2400


def test_nothing_is_nothing() -> None:
    refusals.count([])

    assert not RefusalCount.objects.exists()


def test_a_long_name_is_cut(world: World) -> None:
    refusals.count([(wrong_password(world, "ﷺ" * 300), 1, NOW)])

    row = RefusalCount.objects.get()
    assert (len(row.user_name), len(row.name_key)) == (253, 253)


def test_the_counts_of_a_name_in_any_spelling(world: World) -> None:
    refusals.count(
        [
            (wrong_password(world, "OTIENO"), 1, NOW - timedelta(hours=2)),
            (wrong_password(world, "otieno"), 1, NOW),
            (wrong_password(world, "otieno"), 1, NOW - timedelta(days=2)),
            (wrong_password(world, "grace"), 1, NOW),
            (Refused("password_wrong", "10.1.1.1", None, world.neighbour.pk, "otieno"), 1, NOW),
        ]
    )

    found = refusals.of_names(organization=world.organization, names=["Otieno"], since=NOW - timedelta(days=1))

    assert [(row.user_name, row.last_at) for row in found] == [("otieno", NOW), ("OTIENO", NOW - timedelta(hours=2))]


def test_old_counts_are_forgotten(world: World) -> None:
    refusals.count(
        [(wrong_password(world), 1, NOW - timedelta(days=31)), (wrong_password(world), 1, NOW - timedelta(days=29))]
    )

    with clock.at(NOW):
        assert refusals.forget() == 1

    assert RefusalCount.objects.get().last_at == NOW - timedelta(days=29)
