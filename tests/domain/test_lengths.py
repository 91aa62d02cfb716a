"""Names that are longer than their column, or whose key is: refused by the verb, whoever calls it."""

from collections.abc import Callable
from typing import Any

import pytest

from headend.access import credentials
from headend.customers import customers, groups
from headend.network import nas
from headend.system import lengths, organizations, sites, staff
from tests.kit.verbs import forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

# Each of these letters is two or more in the key.
LIGATURES = "ﷺ" * 20
ADDRESS = "10.9.8.7"


def _issue(world: World, name: str) -> Any:
    subscription = world.organization.subscription_set.filter(ended_at__isnull=True).first()
    assert subscription is not None
    return credentials.issue(subscription=subscription, name=name)


@pytest.mark.parametrize("name", [LIGATURES, "a" * 300])
@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("name", lambda world, name: sites.add(organization=world.organization, name=name, by=None)),
        ("name", lambda world, name: groups.add(organization=world.organization, name=name, by=None)),
        ("name", lambda world, name: nas.add(organization=world.organization, by=None, name=name, address=ADDRESS)),
        ("first_name", lambda world, name: customers.register(organization=world.organization, by=None, first_name=name * 5)),
        ("username", lambda world, name: customers.edit(customer=world.otieno, by=None, username=name)),
        ("username", _issue),
        ("email", lambda world, name: staff.make(email=f"{name}@example.com", name="Asha", password="pf7kq2mx9w")),
        ("name", lambda world, name: organizations.edit(organization=world.organization, by=None, name=name * 20)),
    ],
)  # fmt: skip
def test_what_is_longer_than_its_column_is_refused(
    world: World, name: str, field: str, call: Callable[[World, str], Any]
) -> None:
    forget()

    with refused("text_long", field):
        call(world, name)

    assert happened() == []


def test_what_just_fits_is_kept(world: World) -> None:
    assert sites.add(organization=world.organization, name="a" * 80, by=None).name_key == "a" * 80


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_what_is_empty_is_refused(text: str) -> None:
    with refused("text_missing", "text"):
        lengths.refuse_empty(text, field="text")
    lengths.refuse_empty(" a ", field="text")
