"""Usage triggers: who is told when the data of a package comes to a percentage of its cap. Whoever sends it is above.

A customer has some of their own, and those of the organization hold for everybody.
"""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from headend.access import happenings
from headend.access.models import DefaultTrigger, Trigger
from headend.access.rules import Code
from headend.customers import customers
from headend.customers.models import Customer
from headend.lib import phone as phones
from headend.lib.refused import Refused
from headend.system import events, lengths, search
from headend.system.events import Happened
from headend.system.models import Organization, Staff

WHOLE: Final = 100
# Of a customer, and of an organization: each looks at all of them at once.
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told that usage came to `percent`; an empty address or number is told nothing."""

    percent: int
    email: str
    phone: str


def of(*, customer: Customer) -> QuerySet[Trigger]:
    """A customer's own ones, as they come one after the other."""
    return Trigger.objects.filter(customer=customer).order_by("percent", "pk")


def defaults(*, organization: Organization) -> QuerySet[DefaultTrigger]:
    """Those that hold for every customer."""
    return DefaultTrigger.objects.filter(organization=organization).order_by("percent")


def between(*, customer: Customer, after: int, percent: int) -> list[Told]:
    """Who is told that usage of a customer rose from `after` to `percent` of a cap: at the marks above the one, up to the other."""
    marks = {"percent__gt": after, "percent__lte": percent}
    own = [Told(row.percent, row.email, row.phone) for row in of(customer=customer).filter(**marks)]
    usual = [
        Told(row.percent, customer.email if row.by_email else "", customer.phone if row.by_sms else "")
        for row in defaults(organization=customer.organization).filter(**marks)
    ]
    return own + usual


def add(*, customer: Customer, percent: int, email: str = "", phone: str = "", by: Staff | None) -> Trigger:
    """Tells an address, or a number as it is typed, or both, from now on.

    Refuses `percent_wrong`, `trigger_address_missing`, `trigger_taken`, `triggers_many`, `customer_is_deleted`, `text_long`, and
    what `customers.read_phone` and `customers.read_email` refuse.
    """
    _refuse_percent(percent)
    if not (email.strip() or phone.strip()):
        raise Refused(Code.TRIGGER_ADDRESS_MISSING, field="email")
    organization = customer.organization
    row = Trigger(organization=organization, customer=customer, percent=percent)
    row.email = customers.read_email(text=email) if email.strip() else ""
    row.phone = customers.read_phone(organization=organization, text=phone) if phone.strip() else ""
    lengths.refuse_long(row)
    with transaction.atomic():
        # Two who add at once wait for each other, and so does whoever deletes the customer.
        customers.refuse_deleted(Customer.objects.select_for_update(no_key=True).get(pk=customer.pk))
        _refuse_many(of(customer=customer))
        _save(row)
        _tell(row, happenings.TRIGGER_ADDED(percent=percent, address=_address(row)), by)
    return row


def delete(*, trigger: Trigger, by: Staff | None) -> None:
    """Tells it nothing more. A second press does no harm."""
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=trigger.customer_id)
        if Trigger.objects.filter(pk=trigger.pk).delete()[0]:
            _tell(trigger, happenings.TRIGGER_DELETED(percent=trigger.percent, address=_address(trigger)), by)


def add_default(
    *, organization: Organization, percent: int, by_email: bool, by_sms: bool, by: Staff | None
) -> DefaultTrigger:
    """Tells every customer from now on. Refuses `percent_wrong`, `trigger_channel_missing`, `trigger_taken`, `triggers_many`."""
    _refuse_percent(percent)
    if not (by_email or by_sms):
        raise Refused(Code.TRIGGER_CHANNEL_MISSING, field="by_email")
    row = DefaultTrigger(organization=organization, percent=percent, by_email=by_email, by_sms=by_sms)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        _refuse_many(defaults(organization=organization))
        _save(row)
        _tell_of_default(row, happenings.DEFAULT_TRIGGER_ADDED(percent=percent, channels=_channels(row)), by)
    return row


def delete_default(*, trigger: DefaultTrigger, by: Staff | None) -> None:
    """Tells them nothing more at this percentage. A second press does no harm."""
    with transaction.atomic():
        if DefaultTrigger.objects.filter(pk=trigger.pk).delete()[0]:
            happened = happenings.DEFAULT_TRIGGER_DELETED(percent=trigger.percent, channels=_channels(trigger))
            _tell_of_default(trigger, happened, by)


def _refuse_percent(percent: int) -> None:
    if not 1 <= percent <= WHOLE:
        raise Refused(Code.PERCENT_WRONG, field="percent")


def _refuse_many(rows: QuerySet[Trigger] | QuerySet[DefaultTrigger]) -> None:
    if rows.count() >= MOST:
        raise Refused(Code.TRIGGERS_MANY, most=MOST)


def _save(row: Trigger | DefaultTrigger) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(Code.TRIGGER_TAKEN, field="percent", percent=row.percent) from None


def _address(row: Trigger) -> str:
    return ", ".join(filter(None, (row.email, row.phone)))


def _channels(row: DefaultTrigger) -> str:
    return " ".join(name for name, is_told in (("email", row.by_email), ("sms", row.by_sms)) if is_told)


def _tell(row: Trigger, happened: Happened, by: Staff | None) -> None:
    """The Event, of the customer: a row that is gone cannot be looked up. And what the search finds the customer by."""
    customer = row.customer
    keys: list[str] = []
    for each in of(customer=customer):
        keys += [each.email, *(phones.search_digits(each.phone, customer.organization.country) if each.phone else ())]
    search.put(organization=customer.organization, customer_id=customer.pk, source="trigger", words=(), keys=keys)
    events.record(happened, organization=customer.organization, subject=customer, by=by, customer_id=customer.pk)


def _tell_of_default(row: DefaultTrigger, happened: Happened, by: Staff | None) -> None:
    events.record(happened, organization=row.organization, subject=row.organization, by=by)
