"""Registering and changing customers."""

from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from headend.customers import account_numbers, groups, happenings, work
from headend.customers.models import Customer, Group
from headend.customers.rules import Code, lock_key, sort_key
from headend.customers.work import Scope
from headend.lib import ids, phone
from headend.lib.refused import Refused
from headend.system import engine, events, lengths, search, sites
from headend.system.models import Organization, Site, Staff

_DERIVED: Final = ("email_key", "username_key", "sort_key")
_PHONE_CODES: Final = {
    "invalid": Code.PHONE_INVALID,
    "unreadable": Code.PHONE_UNREADABLE,
    "landline": Code.PHONE_LANDLINE,
}


def register(
    *,
    organization: Organization,
    by: Staff | None,
    first_name: str = "",
    last_name: str = "",
    company: str = "",
    phone: str = "",
    contact_phone: str = "",
    email: str = "",
    group: Group | None = None,
    username: str = "",
    site: Site | None = None,
    account_expires_on: date | None = None,
    extra_account_number: str = "",
) -> Customer:
    """A new customer with the next account number, in the Default group unless another is given.

    Refuses `name_missing`, `text_long`, `phone_taken`, `customer_email_taken`, `customer_username_taken`, `username_unusable`,
    `username_is_code`, `account_number_taken`, `account_number_unusable`, `group_gone`, `site_gone`, and what `read_phone` and
    `read_contact` refuse.
    """
    with transaction.atomic():
        lock(organization_id=organization.pk)
        _hold_places(group, site)
        customer = Customer(
            organization=organization,
            group=group or groups.add_default(organization=organization),
            site=site,
            account_expires_on=account_expires_on,
        )
        _fill(
            customer,
            {
                "first_name": first_name,
                "last_name": last_name,
                "company": company,
                "phone": phone,
                "contact_phone": contact_phone,
                "email": email,
                "username": username,
                "extra_account_number": extra_account_number,
            },
        )
        account_numbers.give(customer)
        customer.save()
        make_findable(customer)
        events.record(
            happenings.CUSTOMER_REGISTERED(account_number=customer.account_number),
            organization=organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
        )
    return customer


def edit(*, customer: Customer, by: Staff | None, **new: Any) -> Customer:
    """Changes the given fields. Refuses as `register` does, and `customer_is_erased`."""
    with transaction.atomic():
        lock(organization_id=customer.organization_id)
        # Read again under a lock: the caller's copy may be old, and nothing but the given fields may change.
        customer = (
            Customer.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organization", "group")
            .get(pk=customer.pk)
        )
        refuse_erased(customer)
        before = {name: getattr(customer, name) for name in new}
        _fill(customer, new)
        changed = {
            name: [str(before[name] or ""), str(getattr(customer, name) or "")]
            for name in new
            if before[name] != getattr(customer, name)
        }
        if not changed:
            return customer
        _hold_places(new.get("group") if "group" in changed else None, new.get("site") if "site" in changed else None)
        customer.save(update_fields=[*changed, *_DERIVED])
        make_findable(customer)
        events.record(
            happenings.CUSTOMER_EDITED(fields=sorted(changed), **changed),
            organization=customer.organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
        )
        if {"account_expires_on", "group"} & set(changed):
            work.decide_again(Scope.CUSTOMER, customer.pk, organization=customer.organization)
    return customer


def lock(*, organization_id: int) -> None:
    """Part of the caller's transaction: phones, e-mails and account numbers of an organization are looked up and taken by
    one at a time.

    Registering waits for the account number anyway.
    """
    engine.lock_keys([lock_key(organization_id)])


def refuse_erased(customer: Customer) -> None:
    """Refuses `customer_is_erased`: of somebody who was deleted permanently nothing is written any more."""
    if customer.erased_at is not None:
        raise Refused(Code.CUSTOMER_IS_ERASED)


def refuse_deleted(customer: Customer) -> None:
    """Refuses `customer_is_deleted`: whoever is deleted gets, pays and hears nothing before they are undeleted."""
    if customer.deleted_at is not None:
        raise Refused(Code.CUSTOMER_IS_DELETED)


def make_findable(customer: Customer) -> None:
    """Writes what the search finds this customer by."""
    numbers = filter(None, (customer.phone, customer.contact_phone))
    digits = [form for number in numbers for form in phone.search_digits(number, customer.organization.country)]
    search.put(
        organization=customer.organization,
        customer_id=customer.pk,
        source="customer",
        words=[customer.first_name, customer.last_name, customer.company],
        keys=[customer.account_number, customer.extra_account_number, customer.email, customer.username, *digits],
    )


def holders(column: str, value: str, *, organization_id: int) -> QuerySet[Customer]:
    """Whoever has this `phone`, `email_key` or `username_key`: one at most, who is not deleted. Nobody has an empty one."""
    rows = Customer.objects.filter(organization=organization_id, deleted_at__isnull=True, **{column: value})
    # SQLite uses the unique index, which leaves empty values out, only where the statement leaves them out too.
    return rows.exclude(**{column: ""})


def read_phone(*, organization: Organization, text: str) -> str:
    """A mobile number, typed in any notation, as it is kept.

    Refuses `phone_invalid`, `phone_unreadable`, `phone_landline`.
    """
    try:
        return phone.parse(text, organization.country)
    except phone.PhoneError as error:
        raise Refused(_PHONE_CODES[str(error)], field="phone", phone=text) from None


def read_contact(*, organization: Organization, text: str) -> str:
    """A number that somebody can be called at, as it is kept: a landline as well. Refuses `phone_invalid`, `phone_unreadable`."""
    try:
        return phone.read(text, organization.country).e164
    except phone.PhoneError as error:
        raise Refused(_PHONE_CODES[str(error)], field="contact_phone", phone=text) from None


def read_email(*, text: str) -> str:
    """An e-mail address as it is typed. Refuses `email_wrong`."""
    try:
        validate_email(text.strip())
    except ValidationError:
        raise Refused(Code.EMAIL_WRONG, field="email") from None
    return text.strip()


def refuse_code(username: str) -> None:
    """Refuses `username_is_code`: what reads as a voucher's code, in any spelling, is the voucher's wherever it is typed."""
    if ids.voucher_code(username):
        raise Refused(Code.USERNAME_IS_CODE, field="username", name=username)


def holder_of_contact(*, organization: Organization, text: str) -> Customer | None:
    """Who signs in with a number that somebody gave to be called at; None where nobody does, or it is no number."""
    try:
        number = read_contact(organization=organization, text=text)
    except Refused:
        return None
    return holders("phone", number, organization_id=organization.pk).first()


def _hold_places(group: Group | None, site: Site | None) -> None:
    if group is not None:
        groups.hold(group=group)
    if site is not None:
        sites.hold(site=site)


def _fill(customer: Customer, new: dict[str, Any]) -> None:
    for name, value in new.items():
        setattr(customer, name, value.strip() if isinstance(value, str) else value)
    if "phone" in new:
        customer.phone = read_phone(organization=customer.organization, text=customer.phone) if customer.phone else ""
    if new.get("contact_phone"):
        customer.contact_phone = read_contact(organization=customer.organization, text=customer.contact_phone)
    customer.email_key = ids.name_key(customer.email) if customer.email else ""
    before, customer.username_key = customer.username_key, ids.name_key(customer.username) if customer.username else ""
    if customer.username_key != before:
        refuse_code(customer.username)
    if not (customer.first_name or customer.last_name or customer.company or customer.phone):
        raise Refused(Code.NAME_MISSING, field="first_name")
    _refuse_taken(customer, "phone", Code.PHONE_TAKEN, field="phone")
    _refuse_taken(customer, "email_key", Code.EMAIL_TAKEN, field="email")
    _refuse_taken(customer, "username_key", Code.CUSTOMER_USERNAME_TAKEN, field="username")
    _refuse_misleading(customer)
    if "extra_account_number" in new:
        account_numbers.give_extra(customer, typed=customer.extra_account_number)
    customer.sort_key = sort_key(customer.first_name, customer.last_name, customer.company, customer.phone)
    lengths.refuse_long(customer)


def _refuse_taken(customer: Customer, column: str, code: Code, *, field: str) -> None:
    value = getattr(customer, column)
    if not value:
        return
    other = holders(column, value, organization_id=customer.organization_id).exclude(pk=customer.pk).first()
    if other is not None:
        raise Refused(code, field=field, name=other.name, account_number=other.account_number, customer_id=other.pk)


def _refuse_misleading(customer: Customer) -> None:
    """Customers sign in by phone, e-mail or username: a username that reads as one of the others must be his own."""
    if not customer.username_key:
        return
    try:
        read = phone.parse(customer.username, customer.organization.country)
    except phone.PhoneError:
        read = ""
    if (read and read != customer.phone) or ("@" in customer.username and customer.username_key != customer.email_key):
        raise Refused(Code.USERNAME_UNUSABLE, field="username")
