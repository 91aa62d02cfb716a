"""What is kept of a large organization, and counted anew for every other."""

from datetime import timedelta

import pytest

from headend.access import totals
from headend.access.models import UsageDay
from headend.customers import customers
from headend.desk import removals
from headend.lib import clock
from headend.reports import figures, usage
from headend.system import figures as kept
from headend.system.models import Figure, UsageTotal
from tests.kit import console
from tests.kit.vouchers import printed
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def everything(world: World) -> tuple[object, ...]:
    """All numbers, without when they were counted."""
    headline = figures.totals(world.organization)
    by_id = (
        {id_: number for id_, number in counts(world.organization).numbers.items() if number}
        for counts in (figures.customers_by_group, figures.customers_by_site, figures.in_use_by_plan)
    )
    return (*(getattr(headline, name) for name in figures._NAMES), *by_id)


def make_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "LARGE", 1)


def use(world: World, *, days_ago: int, down: int) -> None:
    day = clock.local_day(clock.now(), world.organization.timezone) - timedelta(days=days_ago)
    UsageDay.objects.create(
        organization=world.organization, subscription=world.otieno_home, day=day, download_bytes=down, upload_bytes=1
    )


def test_what_is_kept_is_what_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    console.make_session(world)
    printed(world, each=3)
    use(world, days_ago=0, down=5_000)
    removals.delete(customer=world.customers["grace"], by=None)
    counted = everything(world)
    assert figures.keep() == 0
    assert not Figure.objects.exists()
    make_large(monkeypatch)

    assert figures.keep() == 1

    assert everything(world) == counted
    assert figures.totals(world.organization).at is not None
    # Of others nothing is kept, and nothing is told.
    assert figures.totals(world.neighbour).at is None


def test_what_is_kept_is_as_of_when_it_was_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make_large(monkeypatch)
    figures.keep()
    before = figures.totals(world.organization).customers
    customers.register(organization=world.organization, first_name="Wanjiku", phone="0733900118", by=None)

    assert figures.totals(world.organization).customers == before
    figures.keep()
    assert figures.totals(world.organization).customers == before + 1


def test_nothing_old_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make_large(monkeypatch)
    figures.keep()
    with clock.at(clock.now() + kept.GOOD_FOR + timedelta(seconds=1)):
        assert figures.totals(world.organization).at is None


def test_who_is_not_large_any_more_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make_large(monkeypatch)
    figures.keep()
    monkeypatch.setattr(figures, "LARGE", 5_000)

    figures.keep()

    assert not Figure.objects.exists()


def test_days_that_are_over_are_summed_once(world: World) -> None:
    for days_ago in (0, 1, 8, 29, 40):
        use(world, days_ago=days_ago, down=1_000 * days_ago)
    counted = usage.of_organization(world.organization)
    assert [day.download_bytes for day in counted if day.download_bytes] == [29_000, 8_000, 1_000]

    assert totals.keep() == 2 * totals.KEPT_DAYS

    assert usage.of_organization(world.organization) == counted
    assert UsageTotal.objects.filter(organization=world.organization).count() == totals.KEPT_DAYS
    # What comes late is added to a day of the last week, and to no older one.
    UsageDay.objects.update(upload_bytes=2)
    totals.keep()
    assert [day.upload_bytes for day in usage.of_organization(world.organization) if day.upload_bytes] == [1, 1, 2, 2]


def test_the_present_day_is_never_kept(world: World) -> None:
    totals.keep()
    use(world, days_ago=0, down=7_000)

    assert usage.of_organization(world.organization)[-1].download_bytes == 7_000
