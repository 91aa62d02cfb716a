"""How customers sign in to the portal: by e-mail, phone or username, with a password of their own or the network's."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator, UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from headend.access import credentials, happenings
from headend.access.models import Credential, CredentialKind
from headend.access.rules import Code as AccessCode
from headend.customers import customers
from headend.customers.models import Customer
from headend.customers.rules import Code
from headend.lib import ids, phone
from headend.lib.refused import Refused
from headend.system import events, throttles
from headend.system.models import Organization, Staff

PASSWORD_SHORTEST: Final = 8
PASSWORD_LONGEST: Final = 128
_COMPARED_FROM: Final = 4


def register(
    *,
    organization: Organization,
    password: str = "",
    password_hash: str = "",
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    email: str = "",
    username: str = "",
) -> Customer:
    """Somebody registers on the portal, with a password of his own, or with what `hash_password` made of it before.

    Refuses `username_taken`, and what `hash_password` and `customers.register` refuse.
    """
    names = {"first_name": first_name, "last_name": last_name, "phone": phone, "email": email, "username": username}
    hashed = password_hash or hash_password(password, of=names)
    with events.operation(), transaction.atomic():
        # The names that NASes see share one table of names with these: see `credentials`.
        if username and credentials.is_taken(organization_id=organization.pk, name=username):
            raise Refused(AccessCode.USERNAME_TAKEN, field="username")
        customer = customers.register(
            organization=organization,
            by=None,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            email=email,
            username=username,
        )
        Customer.objects.filter(pk=customer.pk).update(password=hashed)
        customer.password = hashed
    return customer


def try_to_register(**fields: Any) -> None:
    """Refuses what `register` would refuse just now, and leaves nothing behind. Call it outside a transaction."""
    with transaction.atomic():
        register(**fields)
        transaction.set_rollback(True)


def hash_password(password: str, *, of: Mapping[str, str]) -> str:
    """What is kept of a portal password; `of` are the names and numbers of whoever is to have it, by the fields of Customer.

    Refuses `portal_password_short`, `portal_password_common` (one of the 20,000 that are tried first), and
    `portal_password_own` (much like one of `of`).
    """
    if len(password) < PASSWORD_SHORTEST:
        raise Refused(Code.PORTAL_PASSWORD_SHORT, field="password")
    if _is_refused(_common(), password):
        raise Refused(Code.PORTAL_PASSWORD_COMMON, field="password")
    # What is very short is in many passwords by chance.
    known = {name: value for name, value in of.items() if len(value) >= _COMPARED_FROM}
    if _is_refused(UserAttributeSimilarityValidator(tuple(known)), password, Customer(**known)):
        raise Refused(Code.PORTAL_PASSWORD_OWN, field="password")
    return make_password(password[:PASSWORD_LONGEST])


def edit(*, customer: Customer, by: Staff | None = None, **new: Any) -> Customer:
    """Changes the given fields of a customer who signs in: by himself, or by staff.

    Refuses `username_taken`, and what `customers.edit` refuses.
    """
    with events.operation(), transaction.atomic():
        # Before anything is looked up: usernames of an organization are taken by one at a time.
        customers.lock(organization_id=customer.organization_id)
        username = str(new.get("username", ""))
        if ids.name_key(username) != customer.username_key:
            _refuse_name_of_other(customer, username)
        return customers.edit(customer=customer, by=by, **new)


def check(*, organization: Organization, name: str, password: str, source: str) -> Customer:
    """The customer who signs in. Call it outside a transaction: failed tries count, see `throttles.may_sign_in`.

    Refuses `sign_in_wrong` (the same for an unknown name, a wrong password and a deleted customer), `too_many_tries`.
    """
    door, counted = f"portal:{organization.pk}", _throttled(organization, name)
    if not throttles.may_sign_in(door=door, name=counted, source=source):
        raise Refused(Code.TOO_MANY_TRIES)
    customer = _find(organization, name)
    if customer is None:
        # As slow as a wrong password: the answer's time must not tell which names exist.
        make_password(password[:PASSWORD_LONGEST])
        raise Refused(Code.SIGN_IN_WRONG)
    if not _password_right(customer, password[:PASSWORD_LONGEST]):
        raise Refused(Code.SIGN_IN_WRONG)
    throttles.signed_in(door=door, name=counted, source=source)
    return customer


def set_password(*, customer: Customer, password: str, by: Staff | None) -> None:
    """Gives a customer a portal password; whoever is signed in with the old one is signed out.

    Refuses what `hash_password` refuses, and `customer_is_erased`.
    """
    own = {name: getattr(customer, name) for name in ("first_name", "last_name", "phone", "email", "username")}
    set_hash(customer=customer, password_hash=hash_password(password, of=own), by=by)


def set_hash(*, customer: Customer, password_hash: str, by: Staff | None) -> None:
    """As `set_password`, with what `hash_password` made of it before."""
    customers.refuse_erased(customer)
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(password=password_hash)
        customer.password = password_hash
        events.record(
            happenings.CUSTOMER_PASSWORD_CHANGED(),
            organization=customer.organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
        )


def session_key(customer: Customer) -> str:
    """What a portal session remembers of the password: it is another one once the password is."""
    return salted_hmac("access.signins", f"{customer.pk}:{customer.password}", algorithm="sha256").hexdigest()


def by_phone(*, organization: Organization, text: str) -> Customer | None:
    """The customer whose sign-in phone it is, in any notation. None where there is none."""
    try:
        typed = phone.parse(text, organization.country)
    except phone.PhoneError:
        return None
    return customers.holders("phone", typed, organization_id=organization.pk).first()


@cache
def _common() -> CommonPasswordValidator:
    """Read from its file once."""
    return CommonPasswordValidator()


def _is_refused(validator: Any, *of: Any) -> bool:
    """Whether one of Django's validators refuses a password; its words are not ours."""
    try:
        validator.validate(*of)
    except ValidationError:
        return True
    return False


def _refuse_name_of_other(customer: Customer, username: str) -> None:
    others = credentials.logins_of_others(
        organization_id=customer.organization_id, name=username, customer_id=customer.pk
    )
    if username and others.exists():
        raise Refused(AccessCode.USERNAME_TAKEN, field="username")


def _throttled(organization: Organization, name: str) -> str:
    """What tries are counted by: a phone in its one notation, because it can be typed in any number of ways."""
    try:
        return phone.parse(name, organization.country)
    except phone.PhoneError:
        return ids.name_key(name)


def _find(organization: Organization, name: str) -> Customer | None:
    key = ids.name_key(name)
    if not key:
        return None
    found = (
        customers.holders("email_key", key, organization_id=organization.pk).first()
        or customers.holders("username_key", key, organization_id=organization.pk).first()
    )
    if found is None:
        found = by_phone(organization=organization, text=name)
    if found is None:
        named = Credential.objects.filter(
            organization=organization, name_key=key, kind=CredentialKind.SUBSCRIPTION, ended_at__isnull=True
        )
        customer_id = named.values_list("subscription__customer_id", flat=True).first()
        found = Customer.objects.filter(pk=customer_id or 0, deleted_at__isnull=True).first()
    return found


def _password_right(customer: Customer, password: str) -> bool:
    if customer.password:
        return check_password(password, customer.password)
    # Customers whom staff made have no portal password yet: the network's opens the portal, and becomes their own.
    own = Credential.objects.filter(
        subscription__customer=customer, kind=CredentialKind.SUBSCRIPTION, ended_at__isnull=True
    )
    hashed = make_password(password)
    if not any(constant_time_compare(credentials.open_secret(credential), password) for credential in own):
        return False
    Customer.objects.filter(pk=customer.pk, password="").update(password=hashed)
    customer.password = hashed
    return True
