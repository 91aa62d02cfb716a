"""The next number of a series of an organization."""

import pytest
from django.db import transaction

from headend.system import numbers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    assert [numbers.take(organization=world.organization, series="invoice", first=7) for _ in range(3)] == [7, 8, 9]


def test_series_and_organizations_count_for_themselves(world: World) -> None:
    numbers.take(organization=world.organization, series="invoice")

    assert numbers.take(organization=world.organization, series="receipt") == 1
    assert numbers.take(organization=world.neighbour, series="invoice") == 1
    assert numbers.take(organization=world.organization, series="invoice") == 2


def test_a_number_that_was_rolled_back_is_not_lost(world: World) -> None:
    numbers.take(organization=world.organization, series="invoice")

    with transaction.atomic():
        assert numbers.take(organization=world.organization, series="invoice") == 2
        transaction.set_rollback(True)

    assert numbers.take(organization=world.organization, series="invoice") == 2
