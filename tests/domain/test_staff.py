"""People who work in organizations: one e-mail, one person; roles by organization; always an owner."""

from typing import Any

import pytest
from django.contrib.auth import authenticate

from headend.system import staff
from headend.system.models import Membership, Staff
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import PASSWORD, World

pytestmark = pytest.mark.django_db

NEW = "another-long-one-7"


def register(world: World, **more: Any) -> Membership:
    given = {"email": "wambui@baobab.example", "name": "Wambui", "role": "operator", "password": NEW}
    return staff.register(organization=world.organization, **{**given, **more})


def test_it_works(world: World) -> None:
    forget()

    membership = register(world, email=" Wambui@Baobab.Example ")

    person = Staff.objects.get(pk=membership.staff_id)
    assert (person.email, person.email_key, person.name) == ("Wambui@Baobab.Example", "wambui@baobab.example", "Wambui")
    assert authenticate(email="WAMBUI@baobab.example", password=NEW) == person
    said = event("staff.registered")
    assert (said.organization, said.subject_id, said.payload) == (world.organization, person.pk, {"role": "operator"})
    assert NEW not in written()


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("owner@baobab.example", "wrong"),
        ("nobody@baobab.example", PASSWORD),
        ("", PASSWORD),
        ("owner@baobab.example", None),
    ],
)
def test_signing_in_is_refused(world: World, email: str, password: str | None) -> None:
    assert authenticate(email=email, password=password) is None


def test_whoever_may_not_sign_in_does_not(world: World) -> None:
    owner = world.staff["owner"].staff
    backend = staff.Backend()
    assert backend.get_user(owner.pk) == owner
    Staff.objects.filter(pk=owner.pk).update(is_active=False)

    assert authenticate(email=owner.email, password=PASSWORD) is None
    assert backend.get_user(owner.pk) is None


def test_somebody_who_works_elsewhere_keeps_name_and_password(world: World) -> None:
    elsewhere = world.neighbour_staff["support"].staff

    membership = register(world, email="SUPPORT@acacia.example", name="Other", password="ignored")

    assert membership.staff == elsewhere
    assert Staff.objects.get(pk=elsewhere.pk).name == "Support of Acacia Wireless"
    assert authenticate(email="support@acacia.example", password=PASSWORD) == elsewhere
    assert set(elsewhere.membership_set.values_list("organization__slug", "role")) == {
        ("acacia", "support"),
        ("baobab", "operator"),
    }


def test_an_email_is_taken_once_in_an_organization(world: World) -> None:
    with refused("email_taken", "email"):
        register(world, email="Support@Baobab.example")


@pytest.mark.parametrize("password", ["short-1", "1234567890", "wambui@baobab.example"])
def test_a_weak_password_is_refused(world: World, password: str) -> None:
    forget()

    with refused("password_weak", "password"):
        register(world, password=password)
    with refused("password_weak", "password"):
        staff.set_password(membership=world.staff["owner"], password="short-1", by=None)

    assert happened() == []
    assert not Staff.objects.filter(email_key="wambui@baobab.example").exists()
    assert authenticate(email="owner@baobab.example", password=PASSWORD) is not None


@pytest.mark.parametrize("role", ["admin", "operator", "cashier", "support"])
def test_only_an_owner_touches_an_owner(world: World, role: str) -> None:
    by, owner = world.staff[role], world.staff["owner"]
    forget()

    with refused("may_not_touch_owner", "role"):
        staff.edit(membership=owner, by=by, name="Mzee")
    with refused("may_not_touch_owner", "role"):
        staff.edit(membership=owner, by=by, role="support")
    with refused("may_not_touch_owner", "role"):
        staff.edit(membership=by, by=by, role="owner")
    with refused("may_not_touch_owner", "role"):
        staff.set_password(membership=owner, password=NEW, by=by)
    with refused("may_not_touch_owner", "role"):
        staff.remove(membership=owner, by=by)

    assert happened() == []
    assert Membership.objects.get(pk=owner.pk).role == "owner"


def test_an_organization_keeps_an_owner(world: World) -> None:
    owner = world.staff["owner"]
    forget()

    with refused("last_owner", "role"):
        staff.edit(membership=owner, by=owner, role="admin")
    with refused("last_owner", "role"):
        staff.remove(membership=Membership.objects.get(pk=owner.pk), by=owner)
    assert happened() == []

    second = staff.edit(membership=world.staff["admin"], by=owner, role="owner")
    staff.remove(membership=Membership.objects.get(pk=owner.pk), by=second)

    assert list(world.organization.membership_set.filter(role="owner")) == [second]


def test_editing_says_what_changed(world: World) -> None:
    owner, support = world.staff["owner"], world.staff["support"]
    forget()

    staff.edit(membership=support, by=owner, role="cashier", name=" Njeri ")

    stored = Membership.objects.get(pk=support.pk)
    assert (stored.role, stored.staff.name) == ("cashier", "Njeri")
    assert event("staff.role_changed").payload == {"role": ["support", "cashier"]}
    assert event("staff.renamed").payload == {}
    # One act, one line in the timeline.
    assert event("staff.role_changed").operation == event("staff.renamed").operation
    forget()
    staff.edit(membership=stored, by=owner, role="cashier", name="Njeri")
    assert happened() == []


def test_a_new_password(world: World) -> None:
    forget()

    staff.set_password(membership=world.staff["support"], password=NEW, by=world.staff["admin"])

    assert authenticate(email="support@baobab.example", password=NEW) is not None
    assert authenticate(email="support@baobab.example", password=PASSWORD) is None
    assert event("staff.password_changed").staff == world.staff["admin"].staff
    assert NEW not in written()


def test_whoever_works_elsewhere_changes_name_and_password_alone(world: World) -> None:
    membership = register(world, email="owner@acacia.example")

    with refused("works_elsewhere", "password"):
        staff.set_password(membership=membership, password=NEW, by=world.staff["owner"])
    with refused("works_elsewhere", "name"):
        staff.edit(membership=membership, name="Other", by=world.staff["owner"])
    staff.edit(membership=membership, role="support", by=world.staff["owner"])
    staff.set_password(membership=membership, password=NEW, by=membership)
    staff.edit(membership=membership, name="Wambui", by=membership)

    person = authenticate(email="owner@acacia.example", password=NEW)
    assert person is not None
    assert person.name == "Wambui"


def test_removing_leaves_the_person_for_the_audit_trail(world: World) -> None:
    support = world.staff["support"]
    again = Membership.objects.get(pk=support.pk)
    person = support.staff
    forget()

    staff.remove(membership=support, by=world.staff["owner"])
    staff.remove(membership=again, by=world.staff["owner"])

    assert not Membership.objects.filter(staff=person).exists()
    assert Staff.objects.filter(pk=person.pk).exists()
    assert happened() == ["staff.removed"]
    assert event("staff.removed").payload == {"role": "support"}


def test_an_old_copy_does_not_hide_an_owner(world: World) -> None:
    old = Membership.objects.get(pk=world.staff["admin"].pk)
    second = staff.edit(membership=world.staff["admin"], by=world.staff["owner"], role="owner")
    staff.remove(membership=world.staff["owner"], by=second)

    with refused("last_owner", "role"):
        staff.remove(membership=old, by=None)


def test_passwords_are_hashed_by_argon2id() -> None:
    hashed = staff.Hasher().encode(NEW, "0123456789abcdef")

    assert hashed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert staff.Hasher().verify(NEW, hashed)
    assert not staff.Hasher().verify(NEW + "x", hashed)
