"""*Send Payment Details*: the account number and how to pay, and where it is wanted the name and password to connect by."""

from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from headend.access import credentials
from headend.access.models import Credential
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, notices, texts
from headend.messaging.catalogue import people, places
from headend.messaging.models import Channel
from headend.messaging.rules import Code
from headend.system import events
from headend.system.models import Staff

# More would make a message of many parts, each of which costs money.
LOGINS_MOST: Final = 3


def send(*, customer: Customer, with_logins: bool, key: str, by: Staff | None) -> list[str]:
    """Queues the message, by SMS and by e-mail as far as the customer is reached so, and returns the channels.

    With the logins, the passwords are in it and nowhere else. The same key again sends nothing more. Refuses what `refuse_to` refuses.
    """
    refuse_to(customer=customer)
    unique_key = f"details:{customer.pk}:{key}"
    with events.operation(), transaction.atomic(), translation.override(customer.organization.language):
        logins = _logins(customer) if with_logins else []
        secrets = [(login.name, credentials.reveal(credential=login, by=by)) for login in logins]
        owed_minor = accounts.owed(customer=customer)
        amount = places.amount(owed_minor, customer.organization)
        values = {
            "owed": _("You owe %(amount)s.") % {"amount": amount} if owed_minor else "",
            "logins": _say(secrets),
        }
        shown = {"logins": _say([(name, places.DOTS) for name, _secret in secrets])}
        reached = notices.tell(people.DETAILS, customer=customer, values=values, shown=shown, unique_key=unique_key)
        events.record(
            happenings.DETAILS_SENT(logins=len(logins)),
            organization=customer.organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
            unique_key=unique_key,
        )
    return reached


def channels(customer: Customer) -> list[str]:
    """The channels by which the customer would get it."""
    wording = texts.of(customer.organization)
    addresses = {Channel.SMS: customer.phone, Channel.EMAIL: customer.email}
    return [
        channel
        for channel in wording.channels(people.DETAILS)
        if addresses[Channel(channel)] and carriers.of(customer.organization, channel) is not None
    ]


def refuse_to(*, customer: Customer) -> None:
    """Refuses `customer_is_deleted`, `phone_absent`, `sms_absent`: what hinders it by any channel."""
    customers.refuse_deleted(customer)
    if channels(customer):
        return
    if not customer.phone:
        raise Refused(Code.PHONE_ABSENT)
    raise Refused(Code.SMS_ABSENT)


def _logins(customer: Customer) -> list[Credential]:
    """The names of the customer's packages, the newest first."""
    own = Credential.objects.filter(subscription__customer=customer, ended_at__isnull=True)
    return list(own.select_related("organization", "subscription").order_by("-pk")[:LOGINS_MOST])


def _say(logins: list[tuple[str, str]]) -> str:
    said = _("Username %(name)s, password %(password)s.")
    return " ".join(said % {"name": name, "password": word} for name, word in logins)
