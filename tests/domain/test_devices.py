"""The MACs that customers connect with: added, never replaced, and found by the search."""

from datetime import timedelta

import pytest

from headend.access import devices
from headend.access.models import Device
from headend.lib import clock
from headend.system import search
from tests.kit.verbs import connects
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_a_second_device_is_added(world: World) -> None:
    at = clock.now()
    ours = world.organization.pk, world.otieno.pk

    devices.seen([(*ours, "AABBCCDDEE01"), (*ours, "AABBCCDDEE01")], at)
    devices.seen([(*ours, "AABBCCDDEE02")], at + timedelta(hours=1))
    devices.seen([(*ours, "AABBCCDDEE01")], at + timedelta(hours=2))

    found = Device.objects.order_by("mac").values_list("mac", "first_seen_at", "last_seen_at")
    assert list(found) == [
        ("AABBCCDDEE01", at, at + timedelta(hours=2)),
        ("AABBCCDDEE02", at + timedelta(hours=1), at + timedelta(hours=1)),
    ]


def test_its_customer_is_found_by_it(world: World) -> None:
    one = (world.organization.pk, world.otieno.pk, "AABBCCDDEE01")
    two = (world.organization.pk, world.customers["grace"].pk, "AABBCCDDEE02")
    devices.seen([one], clock.now())
    devices.seen([one, two], clock.now())

    assert search.find(organization=world.organization, query="aa:bb:cc:dd:ee:01") == [world.otieno.pk]
    assert search.find(organization=world.organization, query="AABB.CCDD.EE02") == [world.customers["grace"].pk]


def test_nothing_seen_is_nothing_written(world: World) -> None:
    devices.seen([], clock.now())

    assert not Device.objects.exists()


def test_a_session_brings_its_device(world: World) -> None:
    connects(world, "otieno", mac="AABBCCDDEE01")
    connects(world, "grace", session="81a00002", mac="not a mac")
    connects(world, "nobody", session="81a00003", mac="AABBCCDDEE03")

    device = Device.objects.get()
    assert (device.customer, device.mac) == (world.otieno, "AABBCCDDEE01")
