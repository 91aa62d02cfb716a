"""What a NAS may present: user names and their passwords."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from headend.access import happenings
from headend.access.models import Credential, CredentialKind, Subscription, Voucher
from headend.access.rules import Code
from headend.customers import customers, work
from headend.customers.models import Customer
from headend.customers.work import Scope
from headend.lib import clock, ids
from headend.lib.refused import Refused
from headend.system import events, lengths, sealing, search
from headend.system.events import Happened
from headend.system.models import Staff

PASSWORD_SHORTEST: Final = 6
# RFC 2865 section 5.2: a User-Password holds at most 128 octets.
PASSWORD_LONGEST_BYTES: Final = 128
# A guest types it on a phone; guessing needs the code as well.
VOUCHER_PASSWORD_LENGTH: Final = 8
_TABLE: Final = "access_credential"


@dataclass(frozen=True, slots=True)
class Lost:
    """What somebody who is undeleted does not get back of a package: `router_name` or `address`, and who has it now.

    Nobody stands for a printed voucher whose code reads like the name.
    """

    what: str
    value: str
    plan_name: str
    holder: Customer | None


def issue(*, subscription: Subscription, name: str, password: str = "") -> Credential:
    """A name for a subscription; without a password one is made. Part of the caller's transaction.

    Refuses `username_missing`, `text_long`, `username_is_code`, `username_taken`, `password_short`, `password_unreadable`.
    """
    typed = name.strip()
    if not typed:
        raise Refused(Code.USERNAME_MISSING, field="username")
    customers.refuse_code(typed)
    credential = Credential(
        organization=subscription.organization, name=typed, name_key=ids.name_key(typed), subscription=subscription
    )
    lengths.refuse_long(credential, name="username")
    _seal(credential, password or ids.password())
    if is_taken(organization_id=credential.organization_id, name=typed, customer_id=subscription.customer_id):
        raise Refused(Code.USERNAME_TAKEN, field="username")
    _take_from_deleted(credential)
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError:
        raise Refused(Code.USERNAME_TAKEN, field="username") from None
    make_findable(subscription)
    return credential


def issue_for_vouchers(vouchers: Iterable[Voucher]) -> None:
    """Each voucher's code as a name, with a password that is made; part of the caller's transaction.

    The caller has made sure that the names are free.
    """
    made = []
    for voucher in vouchers:
        credential = Credential(
            organization_id=voucher.organization_id,
            kind=CredentialKind.VOUCHER,
            name=voucher.code_key.upper(),
            name_key=voucher.code_key,
            voucher=voucher,
        )
        _seal(credential, ids.password(VOUCHER_PASSWORD_LENGTH))
        made.append(credential)
    Credential.objects.bulk_create(made)


def is_taken(*, organization_id: int, name: str, customer_id: int = 0) -> bool:
    """Whether a name is in use, in any spelling: at a NAS, or in the portal by somebody else than `customer_id`.

    Both are one kind of name, because customers sign in to the portal by either.
    """
    key = ids.name_key(name)
    usernames = customers.holders("username_key", key, organization_id=organization_id)
    return bool(key) and (_in_use(organization_id, key).exists() or usernames.exclude(pk=customer_id).exists())


def taken_of(*, organization_id: int, names: Collection[str], customer_id: int = 0) -> set[str]:
    """Those of `names` that are in use, as `is_taken` says of each. One query, however many."""
    keys = {ids.name_key(name): name for name in names}
    logins = Credential.objects.filter(organization=organization_id, name_key__in=keys, ended_at__isnull=True)
    usernames = Customer.objects.filter(organization=organization_id, username_key__in=keys, deleted_at__isnull=True)
    # None of the keys is empty; but only who says so is shown to the index of those who have a username.
    usernames = usernames.exclude(username_key="").exclude(pk=customer_id)
    found = logins.order_by().values_list("name_key").union(usernames.order_by().values_list("username_key"))
    return {keys[key] for (key,) in found}


def logins_of_others(*, organization_id: int, name: str, customer_id: int) -> QuerySet[Credential]:
    """What others connect by that reads as this name, in any spelling; nobody who is deleted."""
    return _in_use(organization_id, ids.name_key(name)).exclude(subscription__customer=customer_id)


def others_with(*, organization_id: int, name: str, customer_id: int) -> list[Customer | None]:
    """Who else has a name, at a NAS or in the portal: one at most. None stands for a voucher that is nobody's."""
    logins = logins_of_others(organization_id=organization_id, name=name, customer_id=customer_id)
    found = logins.select_related("subscription__customer", "voucher__customer").first()
    owner = (found.subscription or found.voucher) if found else None
    usernames = customers.holders("username_key", ids.name_key(name), organization_id=organization_id)
    return [owner.customer] if owner else list(usernames.exclude(pk=customer_id)[:1])


def take_back(*, subscription: Subscription) -> Lost | None:
    """Gives a package of somebody who is undeleted its name back; part of the caller's transaction.

    A name that somebody else has by now, at a NAS or in the portal, comes back empty, and is returned.
    """
    own = Credential.objects.filter(subscription=subscription).order_by("-pk").first()
    if own is None:
        return None
    others = others_with(
        organization_id=subscription.organization_id, name=own.name, customer_id=subscription.customer_id
    )
    if own.ended_at is not None and not others:
        _take_from_deleted(own)
        own.ended_at = None
    elif others:
        own.ended_at = own.ended_at or clock.now()
    own.save(update_fields=["ended_at"])
    make_findable(subscription)
    return Lost("router_name", own.name, subscription.plan_name, others[0]) if others else None


def open_secret(credential: Credential) -> str:
    """The password in clear, for whoever connects by it; nothing is written down. Raises SealingError."""
    return sealing.open_text(table=_TABLE, column="secret", uid=credential.uid, sealed=credential.secret_sealed)


def reveal(*, credential: Credential, by: Staff | None) -> str:
    """The password in clear; revealing it is an Event."""
    secret = open_secret(credential)
    _record(credential, happenings.CREDENTIAL_REVEALED(name=credential.name), by)
    return secret


def set_secret(*, credential: Credential, secret: str, by: Staff | None) -> None:
    """Gives a name another password; whoever is connected stays so. Empty makes one.

    Refuses `password_short` and `password_unreadable`.
    """
    with transaction.atomic():
        _seal(credential, secret or ids.password())
        credential.save(update_fields=["secret_sealed"])
        _record(credential, happenings.CREDENTIAL_SECRET_CHANGED(name=credential.name), by)


def end(*, subscription: Subscription) -> None:
    """Frees the names of a subscription; part of the caller's transaction."""
    Credential.objects.filter(subscription=subscription, ended_at__isnull=True).update(ended_at=clock.now())
    make_findable(subscription)
    work.decide_again(Scope.SUBSCRIPTION, subscription.pk, organization=subscription.organization)


def make_findable(subscription: Subscription) -> None:
    """Writes the user names by which the customer is found."""
    names = Credential.objects.filter(subscription__customer=subscription.customer_id, ended_at__isnull=True)
    search.put(
        organization=subscription.organization,
        customer_id=subscription.customer_id,
        source="credentials",
        words=[],
        keys=list(names.values_list("name", flat=True)),
    )


def _in_use(organization_id: int, key: str) -> QuerySet[Credential]:
    """The names that NASes may present, but for those of packages of deleted customers, which are anybody's."""
    rows = Credential.objects.filter(organization=organization_id, name_key=key, ended_at__isnull=True)
    return rows.exclude(subscription__customer__deleted_at__isnull=False)


def _take_from_deleted(credential: Credential) -> None:
    """A deleted customer has a name until somebody is given it: until then a login by it is told that the account is closed."""
    same = Credential.objects.filter(
        organization=credential.organization_id, name_key=credential.name_key, ended_at__isnull=True
    )
    same.filter(subscription__customer__deleted_at__isnull=False).update(ended_at=clock.now())


def _seal(credential: Credential, password: str) -> None:
    if len(password) < PASSWORD_SHORTEST:
        raise Refused(Code.PASSWORD_SHORT, field="password")
    if not password.isprintable() or len(password.encode()) > PASSWORD_LONGEST_BYTES:
        raise Refused(Code.PASSWORD_UNREADABLE, field="password")
    credential.secret_sealed = sealing.seal_text(table=_TABLE, column="secret", uid=credential.uid, text=password)


def _record(credential: Credential, happened: Happened, by: Staff | None) -> None:
    owner = credential.subscription or credential.voucher
    events.record(
        happened,
        organization=credential.organization,
        subject=credential,
        by=by,
        customer_id=owner.customer_id if owner else None,
    )
