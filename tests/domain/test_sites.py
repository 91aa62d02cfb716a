"""Places of an organization."""

import pytest

from headend.customers import customers
from headend.desk import removals
from headend.network import nas
from headend.system import sites
from headend.system.models import Site
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    admin = world.staff["admin"].staff
    forget()

    site = sites.add(organization=world.organization, name=" Café  Nyali ", by=admin)
    assert (site.name, site.name_key) == ("Café  Nyali", "café nyali")
    assert (event("site.added").payload, event("site.added").staff) == ({"name": "Café  Nyali"}, admin)

    sites.rename(site=site, name="Nyali", by=admin)
    assert Site.objects.get(pk=site.pk).name_key == "nyali"
    assert event("site.renamed").payload == {"name": ["Café  Nyali", "Nyali"]}


@pytest.mark.parametrize(("name", "code"), [("", "name_missing"), (" HILLTOP ", "site_name_taken")])
def test_a_name_is_refused(world: World, name: str, code: str) -> None:
    site = sites.add(organization=world.organization, name="Nyali", by=None)
    forget()

    with refused(code, "name"):
        sites.add(organization=world.organization, name=name, by=None)
    with refused(code, "name"):
        sites.rename(site=site, name=name, by=None)

    assert happened() == []
    assert Site.objects.get(pk=site.pk).name == "Nyali"


def test_another_organization_has_names_of_its_own(world: World) -> None:
    sites.add(organization=world.neighbour, name="Hilltop", by=None)


def test_a_site_keeps_its_own_name_in_another_spelling(world: World) -> None:
    assert sites.rename(site=world.site, name="HILLTOP", by=None).name == "HILLTOP"


def test_a_site_that_nothing_uses_is_removed(world: World) -> None:
    admin = world.staff["admin"].staff
    site = sites.add(organization=world.organization, name="Nyali", by=None)
    forget()

    for _ in range(2):
        sites.remove(site=Site(pk=site.pk, organization=world.organization), by=admin)

    assert not Site.objects.filter(pk=site.pk).exists()
    assert (event("site.removed").payload, event("site.removed").staff) == ({"name": "Nyali"}, admin)


def test_a_site_that_only_deleted_customers_stand_at_goes_and_they_come_back_at_none(world: World) -> None:
    site = sites.add(organization=world.organization, name="Nyali", by=None)
    customers.edit(customer=world.otieno, by=None, site=site)
    customers.edit(customer=world.customers["grace"], by=None, site=site)
    removals.delete(customer=world.otieno, by=None)
    with refused("site_in_use"):
        sites.remove(site=site, by=None)

    removals.delete(customer=world.customers["grace"], by=None)
    sites.remove(site=site, by=None)

    assert not Site.objects.filter(pk=site.pk).exists()
    assert removals.undelete(customer=world.otieno, by=None).customer.site is None


def test_a_site_that_is_used_stays(world: World) -> None:
    forget()

    with refused("site_in_use"):
        sites.remove(site=world.site, by=None)

    assert Site.objects.filter(pk=world.site.pk).exists()
    assert happened() == []


def test_a_site_that_was_removed_while_a_form_was_open_is_refused(world: World) -> None:
    gone = sites.add(organization=world.organization, name="Nyali", by=None)
    sites.remove(site=Site.objects.get(pk=gone.pk), by=None)
    forget()

    with refused("site_gone", field="site"):
        customers.register(organization=world.organization, by=None, first_name="Amina", site=gone)
    with refused("site_gone", field="site"):
        customers.edit(customer=world.otieno, by=None, site=gone)
    with refused("site_gone", field="site"):
        nas.add(organization=world.organization, by=None, name="Nyali", address="10.9.9.9", site=gone)
    with refused("site_gone", field="site"):
        nas.edit(nas=world.hilltop, by=None, site=gone)
    assert happened() == []
