"""People who work in organizations: their sign-in, their roles."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from headend.lib import ids
from headend.lib.refused import Refused
from headend.system import engine, events, happenings, lengths
from headend.system.events import Happened
from headend.system.models import Invitation, Membership, Organization, Role, Staff
from headend.system.rules import Code


class Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: Django's default takes 100 MiB and half a second."""

    memory_cost = 19456
    time_cost = 2
    parallelism = 1


class Backend(BaseBackend):
    """Signs staff in by e-mail and password. An unknown e-mail takes as long as a wrong password."""

    def authenticate(
        self, request: HttpRequest | None, email: str | None = None, password: str | None = None, **_: Any
    ) -> Staff | None:
        if not email or password is None:
            return None
        staff = Staff.objects.filter(email_key=ids.name_key(email)).first()
        if staff is None:
            Staff().set_password(password)
            return None
        return staff if staff.check_password(password) and staff.is_active else None

    def get_user(self, user_id: int) -> Staff | None:
        return Staff.objects.filter(pk=user_id, is_active=True).first()


def register(*, organization: Organization, email: str, name: str, role: str, password: str) -> Membership:
    """Makes somebody a member, in commands: the console invites. Who is staff elsewhere already keeps name and password.

    Refuses `email_taken`, `password_weak`.
    """
    with transaction.atomic():
        person = find(email) or make(email=email, name=name, password=password)
        return join(organization=organization, person=person, role=role)


def find(email: str) -> Staff | None:
    """The person who signs in with this e-mail. In a transaction, in which nobody else becomes that person meanwhile."""
    key = ids.name_key(email)
    # Two who add one person at once: the second finds what the first has written.
    engine.lock_keys([f"staff:{key}"])
    return Staff.objects.filter(email_key=key).first()


def make(*, email: str, name: str, password: str) -> Staff:
    """A person whom `find` did not find, in the same transaction. Refuses `name_missing`, `text_long`, `password_weak`."""
    if not name.strip():
        raise Refused(Code.NAME_MISSING, field="name")
    person = Staff(email=email.strip(), email_key=ids.name_key(email), name=name.strip())
    lengths.refuse_long(person)
    _set_password(person, password)
    person.save()
    return person


def join(*, organization: Organization, person: Staff, role: str) -> Membership:
    """Makes a person a member. Refuses `email_taken`."""
    with transaction.atomic():
        engine.lock_keys([f"staff:{person.email_key}"])
        if is_member(organization=organization, email=person.email):
            raise Refused(Code.EMAIL_TAKEN, field="email")
        membership = Membership.objects.create(organization=organization, staff=person, role=role)
        _record(membership, happenings.STAFF_REGISTERED(role=role), None)
    return membership


def is_member(*, organization: Organization, email: str) -> bool:
    """Whether somebody with this e-mail works here."""
    return Membership.objects.filter(organization=organization, staff__email_key=ids.name_key(email)).exists()


def edit(
    *, membership: Membership, by: Membership | None, name: str | None = None, role: str | None = None
) -> Membership:
    """Changes name or role. Refuses `may_not_touch_owner`, `last_owner`, and `works_elsewhere` for the name of another
    person who is a member of further organizations.
    """
    with events.operation(), transaction.atomic():
        if not _lock(membership):
            return membership
        check_owner_rule(by, membership.role, role)
        if role is not None and role != membership.role:
            _keep_an_owner(membership)
            _record(membership, happenings.STAFF_ROLE_CHANGED(role=[membership.role, role]), by)
            if membership.role == Role.OWNER:
                _take_back_offers(membership, by, role=Role.OWNER)
            membership.role = role
            membership.save(update_fields=["role"])
        if name is not None and name.strip() != membership.staff.name:
            _refuse_elsewhere(membership, by, "name")
            membership.staff.name = name.strip()
            membership.staff.save(update_fields=["name"])
            _record(membership, happenings.STAFF_RENAMED(), by)
    return membership


def set_password(*, membership: Membership, password: str, by: Membership | None) -> None:
    """Gives a member a new password. Refuses `password_weak`, `may_not_touch_owner`, and `works_elsewhere` for another
    person who is a member of further organizations: their password opens those too.
    """
    if by is not None and by.staff_id != membership.staff_id:
        check_owner_rule(by, membership.role)
        _refuse_elsewhere(membership, by, "password")
    with transaction.atomic():
        _set_password(membership.staff, password)
        membership.staff.save(update_fields=["password"])
        _record(membership, happenings.STAFF_PASSWORD_CHANGED(), by)


def remove(*, membership: Membership, by: Membership | None) -> None:
    """Ends a membership, and takes back what the person offered to others; the person stays for the audit trail, and a
    second press does no harm.

    Refuses `may_not_touch_owner` and `last_owner`.
    """
    with transaction.atomic():
        if not _lock(membership):
            return
        check_owner_rule(by, membership.role)
        _keep_an_owner(membership)
        _record(membership, happenings.STAFF_REMOVED(role=membership.role), by)
        _take_back_offers(membership, by)
        membership.delete()


def check_owner_rule(by: Membership | None, *roles: str | None) -> None:
    """Only owners make, change or remove owners: refuses `may_not_touch_owner`."""
    if by is not None and by.role != Role.OWNER and Role.OWNER in roles:
        raise Refused(Code.MAY_NOT_TOUCH_OWNER, field="role")


def _refuse_elsewhere(membership: Membership, by: Membership | None, field: str) -> None:
    """What is one person's everywhere is not changed by a colleague in one place."""
    if by is None or by.staff_id == membership.staff_id:
        return
    if Membership.objects.filter(staff=membership.staff_id).exclude(pk=membership.pk).exists():
        raise Refused(Code.WORKS_ELSEWHERE, field=field)


def _lock(membership: Membership) -> bool:
    """Reads the membership again with its organization locked, so that two owners cannot remove each other at once.

    False where it is gone.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=membership.organization_id)
    try:
        membership.refresh_from_db()
    except Membership.DoesNotExist:
        return False
    return True


def _keep_an_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER:
        return
    others = Membership.objects.filter(organization=membership.organization_id, role=Role.OWNER).exclude(
        pk=membership.pk
    )
    if not others.exists():
        raise Refused(Code.LAST_OWNER, field="role")


def _take_back_offers(membership: Membership, by: Membership | None, **which: str) -> None:
    """An invitation is good as long as whoever made it may make such a member: else somebody removed comes back by it."""
    own = Invitation.objects.filter(organization=membership.organization_id, created_by=membership.staff_id, **which)
    for offer in own.order_by("pk"):
        # One that is accepted at this moment is a member whom others see.
        if Invitation.objects.filter(pk=offer.pk).delete()[0]:
            events.record(
                happenings.STAFF_INVITATION_WITHDRAWN(role=offer.role, name=offer.name, email=offer.email),
                organization=membership.organization,
                subject=offer,
                by=by.staff if by else None,
            )


def _set_password(staff: Staff, password: str) -> None:
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Refused(Code.PASSWORD_WEAK, field="password", why=" ".join(error.messages)) from None
    staff.set_password(password)


def _record(membership: Membership, happened: Happened, by: Membership | None) -> None:
    events.record(happened, organization=membership.organization, subject=membership.staff, by=by.staff if by else None)
