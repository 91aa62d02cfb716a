"""*Send Payment Details*: by SMS, the account number and how to pay, and where it is wanted the name and password to connect by."""

from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from headend.access import credentials
from headend.access.models import Credential
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import money
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, messages
from headend.messaging.rules import Code
from headend.system import events
from headend.system.models import Staff

# More would make a message of many parts, each of which costs money.
LOGINS_MOST: Final = 3
_DOTS: Final = "••••"


def send(*, customer: Customer, with_logins: bool, key: str, by: Staff | None) -> None:
    """Queues the message. With the logins, the passwords are in it and nowhere else. The same key again sends nothing more.

    Refuses what `refuse_to` refuses.
    """
    refuse_to(customer=customer)
    with events.operation(), transaction.atomic(), translation.override(customer.organization.language):
        logins = _logins(customer) if with_logins else []
        secrets = [(login.name, credentials.reveal(credential=login, by=by)) for login in logins]
        messages.queue(
            organization=customer.organization,
            kind=happenings.DETAILS_SENT.kind,
            to=customer.phone,
            body=_text(customer, secrets),
            shown=_text(customer, [(name, _DOTS) for name, _secret in secrets]),
            customer_id=customer.pk,
            unique_key=f"details:{customer.pk}:{key}",
        )
        events.record(
            happenings.DETAILS_SENT(logins=len(logins)),
            organization=customer.organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
            unique_key=f"details:{customer.pk}:{key}",
        )


def refuse_to(*, customer: Customer) -> None:
    """Refuses `customer_is_deleted`, `phone_absent`, `sms_absent`: what hinders a message to a customer."""
    customers.refuse_deleted(customer)
    if not customer.phone:
        raise Refused(Code.PHONE_ABSENT)
    if carriers.of(customer.organization) is None:
        raise Refused(Code.SMS_ABSENT)


def _logins(customer: Customer) -> list[Credential]:
    """The names of the customer's packages, the newest first."""
    own = Credential.objects.filter(subscription__customer=customer, ended_at__isnull=True)
    return list(own.select_related("organization", "subscription").order_by("-pk")[:LOGINS_MOST])


def _text(customer: Customer, logins: list[tuple[str, str]]) -> str:
    organization = customer.organization
    # One number, to keep the message short: who was given a second one pays by that, and either finds them.
    account = customer.extra_account_number or customer.account_number
    said = [_("%(name)s: your account number is %(account)s.") % {"name": organization.name, "account": account}]
    owed_minor = accounts.owed(customer=customer)
    if owed_minor:
        amount = money.show(owed_minor, organization.currency, organization.language)
        said.append(_("You owe %(amount)s.") % {"amount": amount})
    place = f"{settings.PUBLIC_URL}/{organization.slug}/portal/"
    said.append(_("Pay at %(place)s, or to us with this number as the reference.") % {"place": place})
    said += [_("Username %(name)s, password %(password)s.") % {"name": name, "password": word} for name, word in logins]
    if organization.support_phone:
        said.append(_("Help: %(phone)s") % {"phone": organization.support_phone})
    return " ".join(said)
