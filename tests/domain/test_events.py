"""What happened: one row for each act, and one operation for all that an act caused."""

import uuid
from typing import Any, Final, NotRequired, TypedDict

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from headend.customers import groups, suspensions
from headend.lib import clock
from headend.system import events
from headend.system.events import Area, Happening, Personal
from headend.system.models import Event, Staff
from tests.kit.verbs import forget, happened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


class Visited(TypedDict):
    bytes: int
    name: NotRequired[Personal[list[str]]]


VISITED: Final = Happening(
    "site.visited", Visited, Area.NETWORK, sentence="%(subject)s visited", when="somebody was there"
)


def record(world: World, *, unique_key: str | None = None) -> None:
    events.record(VISITED(bytes=1), organization=world.organization, subject=world.site, by=None, unique_key=unique_key)


def test_it_works(world: World) -> None:
    forget()
    now = clock.now()

    with clock.at(now):
        events.record(
            VISITED(bytes=5, name=["a", "b"]),
            organization=world.organization,
            subject=world.site,
            by=world.staff["support"].staff,
            customer_id=world.otieno.pk,
        )

    (said,) = Event.objects.all()
    assert (said.kind, said.at, said.subject_kind, said.subject_id, said.customer_id) == (
        "site.visited",
        now,
        "site",
        world.site.pk,
        world.otieno.pk,
    )
    assert (said.payload, said.personal, said.staff) == (
        {"bytes": 5},
        {"name": ["a", "b"]},
        world.staff["support"].staff,
    )
    assert said.handled_at is None


def test_what_is_not_declared_cannot_be_written(world: World) -> None:
    forget()
    undeclared: Any = VISITED

    assert (VISITED.payload, VISITED.personal) == (("bytes",), ("name",))
    for holds in ({"bytes": 5, "mac": "aa"}, {"name": ["a", "b"]}, {}):
        with pytest.raises(AssertionError):
            undeclared(**holds)
    for kind in ("site.visited", VISITED):
        with pytest.raises(AssertionError):
            events.record(kind, organization=world.organization, subject=world.site, by=None)
    assert happened() == []


def test_a_unique_event_is_recorded_once(world: World) -> None:
    forget()

    record(world, unique_key="cap:7")
    record(world, unique_key="cap:7")
    record(world, unique_key="cap:8")
    record(world)
    record(world)

    assert list(Event.objects.order_by("pk").values_list("unique_key", flat=True)) == ["cap:7", "cap:8", None, None]


def test_an_event_is_gone_with_its_transaction(world: World) -> None:
    forget()

    with transaction.atomic():
        record(world)
        transaction.set_rollback(True)

    assert happened() == []


def test_an_operation_joins_what_one_act_caused(world: World) -> None:
    forget()

    with events.operation() as outer:
        group = groups.add(organization=world.organization, name="Estate", by=None)
        with events.operation() as inner:
            suspensions.suspend(group=group, kind="disabled", by=None)
        record(world)
    record(world)
    record(world)

    assert isinstance(outer, uuid.UUID)
    assert inner == outer
    operations = list(Event.objects.order_by("pk").values_list("operation", flat=True))
    assert operations[:3] == [outer] * 3
    assert len({*operations}) == 3


def test_an_operation_ends_where_it_failed(world: World) -> None:
    with pytest.raises(ZeroDivisionError), events.operation() as first:
        raise ZeroDivisionError

    with events.operation() as second:
        assert second != first


def test_changes_are_plain_values(world: World) -> None:
    changed = events.changes(
        world.hilltop, {"name": "Hill", "coa_port": 3799, "site": None, "swap_octets": True, "vendor": "other"}
    )

    assert changed == {
        "name": ["hilltop", "Hill"],
        "site": ["Hilltop", None],
        "swap_octets": [False, True],
        "vendor": ["mikrotik", "other"],
    }


def test_whoever_did_something_stays(world: World) -> None:
    person = world.staff["support"].staff
    events.record(VISITED(bytes=5), organization=world.organization, subject=world.site, by=person)

    with pytest.raises(ProtectedError):
        person.delete()

    assert Staff.objects.filter(pk=person.pk).exists()
