"""Two people at the same staff: an owner always stays."""

from functools import partial

import pytest

from headend.lib.refused import Refused
from headend.system import organizations, staff, throttles
from headend.system.models import Event, Membership, Organization, Throttle
from tests.kit.threads import at_once
from tests.kit.world import PASSWORD, World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def codes(results: list[object]) -> list[str]:
    return sorted(result.code if isinstance(result, Refused) else type(result).__name__ for result in results)


def remove(whom: Membership, by: Membership) -> None:
    staff.remove(membership=whom, by=by)


def demote(whom: Membership, by: Membership) -> None:
    staff.edit(membership=whom, by=by, role="support")


@pytest.mark.parametrize("how", ["remove", "demote", "both"])
def test_two_owners_go_for_each_other(lasting_world: World, how: str) -> None:
    organization = lasting_world.organization

    for number in range(ROUNDS):
        Membership.objects.filter(organization=organization, role="owner").delete()
        one, two = (
            staff.register(
                organization=organization,
                email=f"owner{number}{letter}@baobab.example",
                name="Owner",
                role="owner",
                password=PASSWORD,
            )
            for letter in "ab"
        )

        # Each request has rows of its own, read before either began to write.
        loaded = {
            (pk, place): Membership.objects.select_related("staff", "organization").get(pk=pk)
            for pk in (one.pk, two.pk)
            for place in ("whom", "by")
        }

        first = demote if how == "demote" else remove
        second = remove if how == "remove" else demote
        results = at_once(
            partial(first, loaded[one.pk, "whom"], loaded[two.pk, "by"]),
            partial(second, loaded[two.pk, "whom"], loaded[one.pk, "by"]),
        )

        assert codes(results) == ["NoneType", "last_owner"]
        assert Membership.objects.filter(organization=organization, role="owner").count() == 1


def test_one_email_is_one_person(lasting_world: World) -> None:
    world = lasting_world

    def register(organization: Organization, number: int) -> Membership:
        return staff.register(
            organization=organization,
            email=f"new{number}@baobab.example",
            name="New",
            role="support",
            password=PASSWORD,
        )

    for number in range(ROUNDS):
        results = at_once(*[lambda number=number: register(world.organization, number)] * 2)
        assert codes(results) == ["Membership", "email_taken"]
        here, there = at_once(
            lambda number=number: register(world.organization, 100 + number),
            lambda number=number: register(world.neighbour, 100 + number),
        )
        assert here.staff == there.staff


def test_one_slug_is_one_organization(lasting_world: World) -> None:
    for number in range(ROUNDS):
        results = at_once(
            *[
                lambda number=number: organizations.found(
                    slug=f"mvule{number}", name="Mvule", country="UG", currency="UGX", timezone="Africa/Kampala"
                )
            ]
            * 2
        )
        assert codes(results) == ["Organization", "slug_taken"]


def test_two_presses_of_remove(lasting_world: World) -> None:
    for role in ("support", "cashier", "operator", "admin"):
        copies = [Membership.objects.select_related("staff").get(pk=lasting_world.staff[role].pk) for _ in range(2)]

        results = at_once(*(lambda copy=copy: staff.remove(membership=copy, by=None) for copy in copies))

        assert results == [None, None]
        assert Event.objects.filter(kind="staff.removed", payload={"role": role}).count() == 1


def test_no_try_is_overlooked(transactional_db: None) -> None:
    # Whoever guesses does so many times at once.
    for number in range(ROUNDS):
        allowed = at_once(*[lambda n=number: throttles.hit(key=f"sign-in:{n}", limit=3, window_seconds=60)] * 8)

        assert Throttle.objects.get(key=f"sign-in:{number}").count == 8
        assert allowed.count(True) == 3
