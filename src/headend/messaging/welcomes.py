"""*Send credentials via email*: the welcome of a customer whom staff have added, with what opens the portal."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from headend.access import credentials
from headend.access.models import Credential, CredentialKind
from headend.customers import customers
from headend.customers.models import Customer
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, notices, resets, texts
from headend.messaging.catalogue import people, places
from headend.messaging.models import Channel
from headend.messaging.rules import Code
from headend.system import events
from headend.system.models import Organization, Staff


def send(*, customer: Customer, by: Staff | None) -> None:
    """Queues the welcome, once a customer. The password is in the mail and nowhere else; where there is none yet, a link sets one.

    Refuses `customer_is_deleted`, and what `refuse_to` refuses.
    """
    customers.refuse_deleted(customer)
    refuse_to(organization=customer.organization, email=customer.email)
    unique_key = f"welcome:{customer.pk}"
    with transaction.atomic(), translation.override(customer.organization.language):
        access, shown = _access(customer)
        notices.tell(
            people.WELCOME,
            customer=customer,
            values={"username": customer.email, "access": access},
            shown={"access": shown},
            unique_key=unique_key,
        )
        events.record(
            happenings.WELCOME_SENT(),
            organization=customer.organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
            unique_key=unique_key,
        )


def refuse_to(*, organization: Organization, email: str) -> None:
    """Refuses `email_absent`, `mail_absent`, `welcome_off`: what hinders a welcome by e-mail."""
    if not email:
        raise Refused(Code.EMAIL_ABSENT, field="email")
    if carriers.of(organization, Channel.EMAIL) is None:
        raise Refused(Code.MAIL_ABSENT, field="send_credentials")
    if not texts.of(organization).is_on(people.WELCOME, Channel.EMAIL):
        raise Refused(Code.WELCOME_OFF, field="send_credentials")


def _access(customer: Customer) -> tuple[str, str]:
    """What opens the portal, and what is kept of it. The password of a package does, until the customer has another."""
    own = Credential.objects.filter(
        subscription__customer=customer, kind=CredentialKind.SUBSCRIPTION, ended_at__isnull=True
    )
    login = own.order_by("-pk").first()
    if login is None or customer.password:
        said = _("Choose your password here: %(link)s")
        return said % {"link": resets.link(customer)}, said % {"link": places.DOTS}
    said = _("Password: %(password)s")
    secret = credentials.open_secret(login)
    connects = "\n" + _("Username to connect by: %(name)s") % {"name": login.name}
    return said % {"password": secret} + connects, said % {"password": places.DOTS} + connects
