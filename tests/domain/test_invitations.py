"""Nobody works here before they accept; typing an e-mail tells nothing of whoever has it."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate

from headend.lib import clock
from headend.system import invitations, staff
from headend.system.models import Invitation, Membership, Staff
from tests.kit import console
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import PASSWORD, World

pytestmark = pytest.mark.django_db
NEW = "another-long-one-7"
ELSEWHERE = "support@acacia.example"


def test_it_works(world: World) -> None:
    forget()
    invitation = console.invite(world, " Peter@Baobab.Example ")
    token = invitations.token_of(invitation)

    assert (invitation.email, invitation.role) == ("Peter@Baobab.Example", "operator")
    assert not Staff.objects.filter(email_key="peter@baobab.example").exists()
    found = invitations.by_token(organization=world.organization, token=token)
    assert found == invitation
    membership = invitations.accept_as_new(invitation=found, name=" Peter ", password=NEW)

    assert (membership.organization, membership.role, membership.staff.name) == (
        world.organization,
        "operator",
        "Peter",
    )
    assert authenticate(email="peter@baobab.example", password=NEW) == membership.staff
    assert happened() == ["staff.invited", "staff.registered"]
    said = event("staff.invited")
    assert (said.staff, said.payload) == (world.staff["owner"].staff, {"role": "operator"})
    assert token.partition(".")[2] not in written()
    assert not Invitation.objects.exists()
    assert invitations.by_token(organization=world.organization, token=token) is None
    with refused("invitation_over"):
        invitations.accept_as_new(invitation=found, name="Peter", password=NEW)


def test_whoever_works_elsewhere_is_neither_told_of_nor_tied(world: World) -> None:
    person = Staff.objects.get(email=ELSEWHERE)
    forget()
    invitation = console.invite(world, ELSEWHERE)

    assert invitation.name == "Peter Kariuki"
    assert person.name not in written()
    assert not world.organization.membership_set.filter(staff=person).exists()
    with refused("email_known"):
        invitations.accept_as_new(invitation=invitation, name="Eve", password=NEW)
    assert authenticate(email=ELSEWHERE, password=PASSWORD) == person

    membership = invitations.accept(invitation=invitation, person=person)

    assert (membership.staff, membership.role) == (person, "operator")
    assert Staff.objects.get(pk=person.pk).name == "Support of Acacia Wireless"


def test_a_link_is_for_its_e_mail(world: World) -> None:
    invitation = console.invite(world)

    with refused("invitation_of_other"):
        invitations.accept(invitation=invitation, person=Staff.objects.get(email=ELSEWHERE))

    assert Invitation.objects.get() == invitation


def test_whoever_works_here_is_not_invited(world: World) -> None:
    with refused("email_taken", "email"):
        console.invite(world, "Support@Baobab.example")


def test_without_a_name_nobody_is_invited(world: World) -> None:
    by = world.staff["owner"]
    with refused("name_missing", "name"):
        invitations.invite(organization=world.organization, email="a@b.example", name=" ", role="support", by=by)


@pytest.mark.parametrize("password", ["short-1", "1234567890", "peter@baobab.example"])
def test_a_weak_password_leaves_the_invitation(world: World, password: str) -> None:
    invitation = console.invite(world)

    with refused("password_weak", "password"):
        invitations.accept_as_new(invitation=invitation, name="Peter", password=password)

    assert Invitation.objects.get() == invitation
    assert not Staff.objects.filter(email_key="peter@baobab.example").exists()


def test_a_new_link_replaces_the_old_one(world: World) -> None:
    old = console.invite(world)
    new = invitations.renew(invitation=Invitation.objects.get(), by=world.staff["admin"])

    assert Invitation.objects.count() == 1
    assert invitations.by_token(organization=world.organization, token=invitations.token_of(old)) is None
    with refused("invitation_over"):
        invitations.accept_as_new(invitation=old, name="Peter", password=NEW)
    assert invitations.by_token(organization=world.organization, token=invitations.token_of(new)) == new


def test_a_link_is_over_after_seven_days(world: World) -> None:
    invitation = console.invite(world)
    token = invitations.token_of(invitation)

    with clock.at(clock.now() + timedelta(days=invitations.OPEN_DAYS)):
        assert not invitation.is_open
        assert invitations.by_token(organization=world.organization, token=token) is None
        with refused("invitation_over"):
            invitations.accept_as_new(invitation=invitation, name="Peter", password=NEW)
    assert invitation.is_open


def test_it_is_taken_back_or_declined_once(world: World) -> None:
    for end, kind in (
        (lambda gone: invitations.withdraw(invitation=gone, by=world.staff["admin"]), "staff.invitation_withdrawn"),
        (lambda gone: invitations.decline(invitation=gone), "staff.invitation_declined"),
    ):
        invitation = console.invite(world)
        copy = Invitation.objects.get(pk=invitation.pk)
        forget()
        end(invitation)
        end(copy)
        assert happened() == [kind]
        assert not Invitation.objects.exists()


def test_only_an_owner_touches_the_invitation_of_an_owner(world: World) -> None:
    admin = world.staff["admin"]
    invitation = console.invite(world, role="owner")
    with refused("may_not_touch_owner", "role"):
        invitations.withdraw(invitation=invitation, by=admin)
    with refused("may_not_touch_owner", "role"):
        invitations.renew(invitation=invitation, by=admin)
    with refused("may_not_touch_owner", "role"):
        invitations.invite(
            organization=world.organization, email=invitation.email, name="Peter", role="support", by=admin
        )
    with refused("may_not_touch_owner", "role"):
        invitations.invite(organization=world.organization, email="x@y.example", name="X", role="owner", by=admin)


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "0" * 32 + ".forged", "\N{GREEK SMALL LETTER ALPHA}.x"])
def test_a_forged_link_opens_nothing(world: World, token: str) -> None:
    console.invite(world)
    assert invitations.by_token(organization=world.organization, token=token) is None


def test_a_link_opens_its_own_organization_alone(world: World) -> None:
    token = invitations.token_of(console.invite(world))
    assert invitations.by_token(organization=world.neighbour, token=token) is None


def test_one_e_mail_may_be_invited_by_two(world: World) -> None:
    here = console.invite(world)
    there = invitations.invite(
        organization=world.neighbour,
        email=here.email,
        name="P.",
        role="support",
        by=world.neighbour_staff["owner"],
    )
    person = invitations.accept_as_new(invitation=here, name="Peter", password=NEW).staff
    invitations.accept(invitation=there, person=person)

    assert set(Membership.objects.filter(staff=person).values_list("role", flat=True)) == {"operator", "support"}


def test_a_command_may_add_who_works_elsewhere(world: World) -> None:
    membership = staff.register(
        organization=world.organization, email=ELSEWHERE, name="Other", role="support", password="ignored"
    )
    assert membership.staff.name == "Support of Acacia Wireless"


def test_what_was_offered_ends_with_the_right_to_offer_it(world: World) -> None:
    second = staff.register(
        organization=world.organization, email="two@baobab.example", name="Two", role="owner", password=NEW
    )
    for email, role in (("mole@x.example", "owner"), ("till@x.example", "cashier")):
        invitations.invite(organization=world.organization, email=email, name="X", role=role, by=second)
    of_another = console.invite(world, "peter@x.example")
    forget()

    staff.edit(membership=second, by=world.staff["owner"], role="admin")
    assert set(Invitation.objects.values_list("email", flat=True)) == {"till@x.example", of_another.email}
    assert happened() == ["staff.role_changed", "staff.invitation_withdrawn"]
    forget()

    staff.remove(membership=second, by=world.staff["owner"])
    assert set(Invitation.objects.values_list("email", flat=True)) == {of_another.email}
    said = event("staff.invitation_withdrawn")
    assert (said.staff, said.payload, said.personal["email"]) == (
        world.staff["owner"].staff,
        {"role": "cashier"},
        "till@x.example",
    )
