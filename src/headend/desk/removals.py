"""Deleting a customer hides; undeleting gives back what is left."""

from dataclasses import dataclass, field

from django.db import transaction

from headend.access import credentials, subscriptions
from headend.access.credentials import Lost
from headend.customers import customers, work
from headend.customers.models import Customer
from headend.customers.rules import sort_key
from headend.customers.work import Scope
from headend.desk import happenings
from headend.lib import clock
from headend.system import events
from headend.system.events import Happened
from headend.system.models import Staff


@dataclass(frozen=True, slots=True)
class Returned:
    """A customer who is back. `lost` names each field that somebody else has by now, and who; `of_packages` what they lack."""

    customer: Customer
    lost: dict[str, Customer | None] = field(default_factory=dict)
    of_packages: list[Lost] = field(default_factory=list)


def delete(*, customer: Customer, by: Staff | None) -> None:
    """Hides a customer: every login is refused and who is connected is cut off.

    Phone, e-mail, usernames and fixed addresses are free for others. Nothing else changes. A second press does no harm.
    """
    with transaction.atomic():
        if Customer.objects.filter(pk=customer.pk, deleted_at__isnull=True).update(deleted_at=clock.now()):
            subscriptions.release(customer=customer)
            _record(customer, happenings.CUSTOMER_DELETED(lost=[]), by)


def undelete(*, customer: Customer, by: Staff | None) -> Returned:
    """Brings a customer back. What somebody took meanwhile comes back empty: phone, e-mail, a username, a fixed address.

    Refuses `customer_is_erased`, and nothing else.
    """
    with transaction.atomic():
        customers.lock(organization_id=customer.organization_id)
        row = (
            Customer.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organization")
            .get(pk=customer.pk)
        )
        customers.refuse_erased(row)
        if row.deleted_at is None:
            return Returned(row)
        lost = {name: others[0] for name in ("phone", "email", "username") if (others := _holders(row, name))}
        for name in lost:
            setattr(row, name, "")
            if name != "phone":
                setattr(row, f"{name}_key", "")
        if not (row.first_name or row.last_name or row.company or row.phone):
            row.first_name = row.account_number
        row.sort_key = sort_key(row.first_name, row.last_name, row.company, row.phone)
        row.deleted_at = None
        row.save()
        customers.make_findable(row)
        of_packages = subscriptions.take_back(customer=row)
        _record(row, happenings.CUSTOMER_UNDELETED(lost=sorted({*lost, *(one.what for one in of_packages)})), by)
    return Returned(row, lost, of_packages)


def _holders(customer: Customer, name: str) -> list[Customer | None]:
    """Who has it now: one at most. None stands for a voucher that is nobody's, whose code reads like the username."""
    column = {"phone": "phone", "email": "email_key", "username": "username_key"}[name]
    value = getattr(customer, column)
    if not value:
        return []
    if name == "username":
        # Customers sign in to the portal by what others connect by.
        return credentials.others_with(
            organization_id=customer.organization_id, name=customer.username, customer_id=customer.pk
        )
    others = customers.holders(column, value, organization_id=customer.organization_id)
    return list(others.exclude(pk=customer.pk)[:1])


def _record(customer: Customer, happened: Happened, by: Staff | None) -> None:
    events.record(
        happened,
        organization=customer.organization,
        subject=customer,
        by=by,
        customer_id=customer.pk,
    )
    work.decide_again(Scope.CUSTOMER, customer.pk, organization=customer.organization)
