"""What the tables hold of somebody besides the customer's own row, and how it is wiped: see docs/design/erasing.md.

Money, usage and what was sold stay. What a router must be told to cut somebody off stays until that is done.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from headend.access import metering, refusals
from headend.access.models import Block, Credential, Device, Session, Subscription, Trigger, Voucher
from headend.billing.models import Adjustment, Callback, Payment, PaymentState, Prompt, Purchase
from headend.customers.happenings import CUSTOMER_EDITED
from headend.customers.models import Customer, Note, Suspension
from headend.lib import clock, ids, phone
from headend.messaging import opt_outs
from headend.messaging.models import Message, OneTimeCode
from headend.network.models import Command
from headend.system import search, throttles, waiting
from headend.system.models import Event


@dataclass(frozen=True, slots=True)
class Names:
    """What somebody is called in rows that know no customer: by phone (E.164) and e-mail, as names are compared, and as they log in."""

    phones: set[str]
    emails: set[str]
    keys: set[str]
    logins: set[str]


def names_of(customer: Customer) -> Names:
    """Of now and of before; read before anything is blanked."""
    before = _former(customer)
    phones = {customer.phone, *before["phone"]} - {""}
    digits = {form for number in phones for form in phone.search_digits(number, customer.organization.country)}
    own = {customer.account_number, customer.extra_account_number, customer.email, customer.username}
    known = own.union(before["email"], before["username"], before["extra_account_number"]) - {""}
    logins = set(Credential.objects.filter(_of_customer(customer)).values_list("name", flat=True))
    macs = set(Device.objects.filter(customer=customer).values_list("mac", flat=True))
    typed = known | phones | digits | logins | macs
    emails = {customer.email, *before["email"]} - {""}
    # Somebody may have written from the number to call, too.
    written = phones | ({customer.contact_phone} - {""})
    return Names(written, emails, {ids.name_key(name) for name in typed} | phones, typed)


def forget_names(customer: Customer, names: Names) -> None:
    """Deletes the rows that know somebody by name only: counts of refusals and of tries, codes by SMS."""
    organization = customer.organization
    refusals.forget_names(organization=organization, names=names.logins)
    throttles.forget_names(organization=organization, names=names.keys)
    OneTimeCode.objects.filter(organization=organization, address__in=names.phones).delete()
    of_nobody = Message.objects.filter(organization=organization, customer_id__isnull=True)
    of_nobody.filter(to__in=names.phones | names.emails).delete()
    opt_outs.erase(organization=organization, addresses=names.phones | names.emails)


def wipe(customer: Customer) -> None:
    """Blanks what is personal in the rows of a blanked customer, as far as nobody needs it any more. It may be repeated."""
    number = customer.account_number
    search.drop(customer_id=customer.pk)
    Block.objects.filter(device__customer=customer).delete()
    Device.objects.filter(customer=customer).delete()
    Block.objects.filter(Q(subscription__customer=customer) | Q(voucher__customer=customer)).update(reason="")
    Suspension.objects.filter(customer=customer).update(reason="")
    Note.objects.filter(customer=customer).delete()
    Trigger.objects.filter(customer=customer).delete()
    Subscription.objects.filter(customer=customer).update(framed_address="", released_address="")
    Voucher.objects.filter(customer=customer).update(first_mac="", void_reason="")
    Credential.objects.filter(_of_customer(customer)).update(
        name=number, name_key=ids.name_key(number), secret_sealed=b"", ended_at=Coalesce("ended_at", Value(clock.now()))
    )
    _told_to_routers(customer).update(identification={}, error="")
    _settled_sessions(customer).update(
        user_name=number,
        name_key=ids.session_key(number),
        acct_session_id="",
        mac="",
        framed_address="",
        start_print="",
        class_token="",
    )
    _wipe_payments(customer)
    Message.objects.filter(customer_id=customer.pk).delete()
    Event.objects.filter(customer_id=customer.pk).exclude(personal={}).update(personal={})


def is_anything_left(customer: Customer) -> bool:
    """Whether something waits still: for a session to end, a Command to be sent, or a payment to be known."""
    commands = Command.objects.filter(session_id__in=_sessions(customer).values("pk"))
    return (
        _sessions(customer).exclude(user_name=customer.account_number).exists()
        or commands.exclude(identification={}).exists()
        or Payment.objects.filter(customer=customer).exclude(phone="").exists()
    )


def _former(customer: Customer) -> dict[str, set[str]]:
    """The phones, e-mails, usernames and additional account numbers that were changed, and what into."""
    edits = Event.objects.filter(customer_id=customer.pk, kind=CUSTOMER_EDITED.kind).values_list("personal", flat=True)
    values: dict[str, set[str]] = {name: set() for name in ("phone", "email", "username", "extra_account_number")}
    for changed in edits:
        for name, found in values.items():
            found.update(value for value in changed.get(name, ()) if value)
    return values


def _of_customer(customer: Customer) -> Q:
    return Q(subscription__customer=customer) | Q(voucher__customer=customer)


def _sessions(customer: Customer) -> QuerySet[Session]:
    return Session.objects.filter(customer=customer)


def _settled_sessions(customer: Customer) -> QuerySet[Session]:
    """Those of which no report can come any more that would have to find them by their names."""
    late = clock.now() - timedelta(seconds=metering.LATE_SECONDS)
    return _sessions(customer).filter(ended_at__lte=late).exclude(user_name=customer.account_number)


def _told_to_routers(customer: Customer) -> QuerySet[Command]:
    commands = Command.objects.filter(session_id__in=_sessions(customer).values("pk"))
    return commands.exclude(state__in=waiting.OPEN_STATES).exclude(identification={})


def _wipe_payments(customer: Customer) -> None:
    """The phone that is asked to pay is needed until it has answered; what the provider wrote, never again."""
    Purchase.objects.filter(customer=customer).exclude(mac="").update(mac="")
    Adjustment.objects.filter(customer=customer).exclude(reason="").update(reason="")
    own = Payment.objects.filter(customer=customer)
    own.exclude(state=PaymentState.PENDING).exclude(phone="").update(phone="")
    Prompt.objects.filter(payment__customer=customer).exclude(error="").update(error="")
    Callback.objects.filter(payment__customer=customer).exclude(body="").update(body="")
