"""Groups: the Default that always is, and those that staff make."""

import pytest
from django.db import IntegrityError, transaction

from headend.customers import customers, groups
from headend.customers.models import Group
from headend.desk import erasures, removals
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    admin = world.staff["admin"].staff
    forget()

    group = groups.add(organization=world.organization, name=" Hilltop Estate ", by=admin)
    assert (group.name, group.name_key, group.is_default) == ("Hilltop Estate", "hilltop estate", False)
    assert event("group.added").payload == {"name": "Hilltop Estate"}

    groups.rename(group=group, name="École", by=admin)
    assert Group.objects.get(pk=group.pk).name_key == "école"
    assert event("group.renamed").payload == {"name": ["Hilltop Estate", "École"]}

    pk = group.pk
    groups.remove(group=group, by=admin)
    assert not Group.objects.filter(pk=pk).exists()
    removed = event("group.removed")
    assert (removed.payload, removed.subject_id, removed.staff) == ({"name": "École", "moved": 0}, pk, admin)


def test_the_default_group_is_made_once(world: World) -> None:
    first = groups.add_default(organization=world.organization)

    assert groups.add_default(organization=world.organization) == first == world.default_group
    with pytest.raises(IntegrityError), transaction.atomic():
        Group.objects.create(organization=world.organization, name="Other", name_key="other", is_default=True)


@pytest.mark.parametrize(("name", "code"), [(" ", "name_missing"), ("dEFAULT", "group_name_taken")])
def test_a_name_is_refused(world: World, name: str, code: str) -> None:
    estate = groups.add(organization=world.organization, name="Estate", by=None)
    forget()

    with refused(code, "name"):
        groups.add(organization=world.organization, name=name, by=None)
    with refused(code, "name"):
        groups.rename(group=estate, name=name, by=None)

    assert happened() == []
    assert Group.objects.get(pk=estate.pk).name == "Estate"


def test_a_group_keeps_its_own_name_in_another_spelling(world: World) -> None:
    estate = groups.add(organization=world.organization, name="Estate", by=None)

    assert groups.rename(group=estate, name="ESTATE", by=None).name == "ESTATE"


def test_another_organization_has_names_of_its_own(world: World) -> None:
    groups.add(organization=world.organization, name="Estate", by=None)

    groups.add(organization=world.neighbour, name="Estate", by=None)


def test_the_default_group_stays(world: World) -> None:
    with refused("group_is_default"):
        groups.remove(group=world.default_group, by=None)


def test_a_group_with_customers_stays(world: World) -> None:
    estate = groups.add(organization=world.organization, name="Estate", by=None)
    customers.edit(customer=world.otieno, by=None, group=estate)
    forget()

    with refused("group_not_empty"):
        groups.remove(group=estate, by=None)

    assert Group.objects.filter(pk=estate.pk).exists()
    assert happened() == []


def test_a_group_that_only_deleted_customers_are_in_goes_and_they_come_back_in_default(world: World) -> None:
    estate = groups.add(organization=world.organization, name="Estate", by=None)
    for customer in (world.otieno, world.customers["grace"]):
        customers.edit(customer=customer, by=None, group=estate)
    removals.delete(customer=world.otieno, by=None)
    erasures.erase(customer=world.customers["grace"], account_number=world.customers["grace"].account_number, by=None)
    forget()

    groups.remove(group=estate, by=None)

    assert event("group.removed").payload == {"name": "Estate", "moved": 2}
    assert removals.undelete(customer=world.otieno, by=None).customer.group == world.default_group


def test_removing_twice_is_one_event(world: World) -> None:
    estate = groups.add(organization=world.organization, name="Estate", by=None)
    again = Group.objects.get(pk=estate.pk)
    forget()

    groups.remove(group=estate, by=None)
    groups.remove(group=again, by=None)

    assert happened() == ["group.removed"]


def test_a_group_that_was_removed_while_a_form_was_open_is_refused(world: World) -> None:
    gone = groups.add(organization=world.organization, name="Estate", by=None)
    groups.remove(group=Group.objects.get(pk=gone.pk), by=None)
    forget()

    with refused("group_gone", field="group"):
        customers.register(organization=world.organization, by=None, first_name="Amina", group=gone)
    with refused("group_gone", field="group"):
        customers.edit(customer=world.otieno, by=None, group=gone)
    assert happened() == []
