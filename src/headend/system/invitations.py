"""Invitations: somebody becomes a member of the staff by accepting a link, and not by being typed."""

import uuid
from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction

from headend.lib import clock, ids
from headend.lib.refused import Refused
from headend.system import engine, events, happenings, lengths, staff
from headend.system.events import Happened
from headend.system.happenings import Invited
from headend.system.models import Invitation, Membership, Organization, Staff
from headend.system.rules import Code

OPEN_DAYS: Final = 7
_SALT: Final = "system.invitations"


def invite(*, organization: Organization, email: str, name: str, role: str, by: Membership) -> Invitation:
    """Offers a membership. What somebody with this e-mail is elsewhere is neither looked at nor told.

    Inviting an e-mail again makes a new link with the new role; the old link opens nothing any more. Refuses
    `name_missing`, `text_long`, `email_taken`, `may_not_touch_owner`.
    """
    staff.check_owner_rule(by, role)
    if not name.strip():
        raise Refused(Code.NAME_MISSING, field="name")
    with transaction.atomic():
        engine.lock_keys([f"staff:{ids.name_key(email)}"])
        if staff.is_member(organization=organization, email=email):
            raise Refused(Code.EMAIL_TAKEN, field="email")
        present = Invitation.objects.filter(organization=organization, email_key=ids.name_key(email)).first()
        if present is not None:
            staff.check_owner_rule(by, present.role)
        invitation = present or Invitation(organization=organization, email_key=ids.name_key(email))
        invitation.email, invitation.name, invitation.role = email.strip(), name.strip(), role
        lengths.refuse_long(invitation)
        invitation.uid, invitation.created_by = uuid.uuid4(), by.staff
        invitation.open_until = clock.now() + timedelta(days=OPEN_DAYS)
        invitation.save()
        _record(invitation, happenings.STAFF_INVITED(**_offer(invitation)), by.staff)
    return invitation


def renew(*, invitation: Invitation, by: Membership) -> Invitation:
    """The same offer with a new link, good as long as a new one. Refuses as `invite` does."""
    return invite(
        organization=invitation.organization,
        email=invitation.email,
        name=invitation.name,
        role=invitation.role,
        by=by,
    )


def withdraw(*, invitation: Invitation, by: Membership) -> None:
    """Takes an offer back; a second press does no harm. Refuses `may_not_touch_owner`."""
    staff.check_owner_rule(by, invitation.role)
    _end(invitation, happenings.STAFF_INVITATION_WITHDRAWN(**_offer(invitation)), by.staff)


def decline(*, invitation: Invitation) -> None:
    """Whoever has the link does not want it; a second press does no harm."""
    _end(invitation, happenings.STAFF_INVITATION_DECLINED(**_offer(invitation)), None)


def token_of(invitation: Invitation) -> str:
    """What its link ends in: whoever has it may accept."""
    return signing.Signer(salt=_SALT, sep=".").sign(invitation.uid.hex)


def by_token(*, organization: Organization, token: str) -> Invitation | None:
    """The open invitation whose link ends in `token`; None for one that is over, withdrawn, replaced or forged."""
    try:
        uid = signing.Signer(salt=_SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    found = Invitation.objects.select_related("organization").filter(organization=organization, uid=uid).first()
    return found if found is not None and found.is_open else None


def accept(*, invitation: Invitation, person: Staff) -> Membership:
    """Somebody who signs in with this e-mail already becomes a member.

    Refuses `invitation_over`, and `invitation_of_other` for anybody else.
    """
    if person.email_key != invitation.email_key:
        raise Refused(Code.INVITATION_OF_OTHER, email=invitation.email)
    with transaction.atomic():
        _take(invitation)
        return staff.join(organization=invitation.organization, person=person, role=invitation.role)


def accept_as_new(*, invitation: Invitation, name: str, password: str) -> Membership:
    """Somebody who is no staff anywhere yet becomes a member, with a password of their own.

    Refuses `invitation_over`, `email_known` (they sign in first), `name_missing`, `password_weak`.
    """
    with transaction.atomic():
        _take(invitation)
        if staff.find(invitation.email) is not None:
            raise Refused(Code.EMAIL_KNOWN)
        person = staff.make(email=invitation.email, name=name, password=password)
        return staff.join(organization=invitation.organization, person=person, role=invitation.role)


def _take(invitation: Invitation) -> None:
    """Uses it up: of two at once one finds it gone."""
    open_one = Invitation.objects.filter(pk=invitation.pk, uid=invitation.uid, open_until__gt=clock.now())
    if not open_one.delete()[0]:
        raise Refused(Code.INVITATION_OVER)


def _end(invitation: Invitation, happened: Happened, by: Staff | None) -> None:
    with transaction.atomic():
        # Of this link only: one that was made anew meanwhile is another offer.
        if Invitation.objects.filter(pk=invitation.pk, uid=invitation.uid).delete()[0]:
            _record(invitation, happened, by)


def _offer(invitation: Invitation) -> Invited:
    return {"role": invitation.role, "name": invitation.name, "email": invitation.email}


def _record(invitation: Invitation, happened: Happened, by: Staff | None) -> None:
    events.record(happened, organization=invitation.organization, subject=invitation, by=by)
