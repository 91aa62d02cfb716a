"""Plans: what is sold, and that changing it changes nothing already sold."""

from typing import Any

import pytest

from headend.access import plans, subscriptions
from headend.access.models import Plan, Subscription
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

GOOD: dict[str, Any] = {
    "name": "Office 50M",
    "connection_type": "static",
    "price_minor": 900_000,
    "download_kbps": 50_000,
    "upload_kbps": None,
    "validity_count": 30,
    "validity_unit": "days",
}
INCOMPLETE: list[dict[str, Any]] = [
    {"name": " "},
    {"price_minor": None},
    {"price_minor": -1},
    {"download_kbps": 0},
    {"upload_kbps": -1},
    {"validity_count": 0},
    {"validity_count": None},
    {"validity_unit": "weeks"},
    {"connection_type": "dial-up"},
    {"cap_bytes": 0},
    {"time_limit_seconds": 0},
    {"idle_timeout_seconds": 0},
    {"simultaneous_use": 0},
    # 83,000 years: no calendar reaches so far, and activating would fail.
    {"validity_count": 1_000_000, "validity_unit": "months"},
]


def test_it_works(world: World) -> None:
    admin = world.staff["admin"].staff
    forget()

    plan = plans.add(organization=world.organization, by=admin, **GOOD)

    stored = Plan.objects.get(pk=plan.pk)
    assert {name: getattr(stored, name) for name in GOOD} == GOOD
    assert (stored.cap_bytes, stored.time_limit_seconds, stored.simultaneous_use) == (None, None, 1)
    assert event("plan.added").payload == {"name": "Office 50M", "price_minor": 900_000}
    assert event("plan.added").staff == admin


def test_a_free_plan_is_a_plan(world: World) -> None:
    assert plans.add(organization=world.organization, by=None, **{**GOOD, "price_minor": 0}).price_minor == 0


@pytest.mark.parametrize("wrong", INCOMPLETE, ids=str)
def test_an_incomplete_plan_is_refused(world: World, wrong: dict[str, Any]) -> None:
    forget()

    with refused("plan_incomplete"):
        plans.add(organization=world.organization, by=None, **{**GOOD, **wrong})
    with refused("plan_incomplete"):
        plans.edit(plan=Plan.objects.get(pk=world.day_pass.pk), by=None, **wrong)

    assert happened() == []
    assert Plan.objects.count() == 2


def test_the_text_of_an_incomplete_plan_is_the_sources_own() -> None:
    from headend.access.reasons import TEXTS

    assert str(TEXTS["plan_incomplete"]) == "Name, price, speed and validity are required"
    assert str(TEXTS["username_taken"]) == "Username already exists"
    assert str(TEXTS["framed_address_missing"]) == "IP address is required"


def test_a_name_is_taken_once_in_an_organization(world: World) -> None:
    with refused("plan_name_taken", "name"):
        plans.add(organization=world.organization, by=None, **{**GOOD, "name": "HOME 10m"})
    with refused("plan_name_taken", "name"):
        plans.edit(plan=world.day_pass, by=None, name=" home  10M ")

    plans.add(organization=world.neighbour, by=None, **{**GOOD, "name": "Home 10M"})


def test_editing_says_what_changed(world: World) -> None:
    forget()

    plans.edit(plan=world.home_10m, by=None, price_minor=275_000, download_kbps=None, name="Home 10M")

    assert event("plan.edited").payload == {
        "changed": {"price_minor": [250_000, 275_000], "download_kbps": [10_000, None]}
    }
    forget()
    plans.edit(plan=world.home_10m, by=None, price_minor=275_000)
    assert happened() == []


def test_editing_changes_nothing_already_sold(world: World) -> None:
    plans.edit(plan=world.home_10m, by=None, name="Home 20M", price_minor=1, download_kbps=20_000, cap_bytes=5)

    sold = Subscription.objects.get(pk=world.otieno_home.pk)
    assert (sold.plan_name, sold.price_minor, sold.download_kbps, sold.cap_bytes) == ("Home 10M", 250_000, 10_000, None)


def test_a_retired_plan_is_not_sold_until_it_is_restored(world: World) -> None:
    forget()
    customer = world.otieno

    plans.retire(plan=world.home_10m, by=None)
    with refused("plan_retired", "plan"):
        subscriptions.create(customer=customer, plan=Plan.objects.get(pk=world.home_10m.pk), username="second", by=None)
    plans.retire(plan=world.home_10m, by=None)
    plans.restore(plan=world.home_10m, by=None)
    plans.restore(plan=world.home_10m, by=None)

    assert happened() == ["plan.retired", "plan.restored"]
    subscriptions.create(customer=customer, plan=Plan.objects.get(pk=world.home_10m.pk), username="second", by=None)


def test_editing_with_an_old_copy_does_not_sell_a_retired_plan_again(world: World) -> None:
    old = Plan.objects.get(pk=world.home_10m.pk)
    plans.retire(plan=world.home_10m, by=None)

    plans.edit(plan=old, by=None, price_minor=1)

    stored = Plan.objects.get(pk=world.home_10m.pk)
    assert stored.price_minor == 1
    assert stored.retired_at is not None
