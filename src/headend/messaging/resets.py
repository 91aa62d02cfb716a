"""*Password Reset*: a mail with a link that works once; who has no e-mail gets a code by SMS."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation

from headend.access import password_links
from headend.customers import customers
from headend.customers.models import Customer
from headend.lib.refused import Refused
from headend.messaging import carriers, codes, happenings, notices, texts
from headend.messaging.catalogue import people
from headend.messaging.models import Channel
from headend.messaging.rules import Code
from headend.system import events, throttles
from headend.system.models import Event, Staff

# Who is sent a code without having asked for it may read it in the evening.
CODE_VALID: Final = timedelta(days=1)
# Whoever knows an address can ask for it.
LINKS_A_DAY: Final = 10


def way(customer: Customer) -> str:
    """The channel by which a reset reaches a customer; empty where none does."""
    wording = texts.of(customer.organization)
    for channel, to in ((Channel.EMAIL, customer.email), (Channel.SMS, customer.phone)):
        is_sent = to and wording.is_on(people.PASSWORD_RESET, channel)
        if is_sent and carriers.of(customer.organization, channel) is not None:
            return channel.value
    return ""


def refuse_to(*, customer: Customer) -> None:
    """Refuses `customer_is_deleted`, `unreachable`."""
    customers.refuse_deleted(customer)
    if not way(customer):
        raise Refused(Code.UNREACHABLE)


def send(*, customer: Customer, key: str, by: Staff | None) -> str:
    """Sends it, and returns the channel. The same key again sends nothing more; the password stays until another is set.

    Refuses what `refuse_to` refuses.
    """
    refuse_to(customer=customer)
    channel = way(customer)
    _send(customer, channel, key, by)
    return channel


def send_link(*, customer: Customer, key: str) -> None:
    """The customer has asked for it, by the e-mail address. Where no mail can be sent, nothing happens."""
    wording = texts.of(customer.organization)
    if not throttles.hit(key=f"reset:{customer.pk}", limit=LINKS_A_DAY, window_seconds=24 * 60 * 60):
        return
    if wording.is_on(people.PASSWORD_RESET, Channel.EMAIL) and carriers.of(customer.organization, Channel.EMAIL):
        _send(customer, Channel.EMAIL, key, None)


def link(customer: Customer) -> str:
    """The address at which the customer sets a new password. It is a secret."""
    token = password_links.make(customer)
    return f"{settings.PUBLIC_URL}/{customer.organization.slug}/portal/password/{token}/"


def _send(customer: Customer, channel: str, key: str, by: Staff | None) -> None:
    unique_key = f"reset:{customer.pk}:{key}"
    organization = customer.organization
    with transaction.atomic(), translation.override(organization.language):
        if Event.objects.filter(unique_key=unique_key).exists():
            # Another code would make wrong the one that was sent.
            return
        happened = happenings.PASSWORD_RESET_SENT(channel=channel)
        if channel == Channel.EMAIL:
            values = {"link": link(customer), "code": ""}
        else:
            code = codes.issue(
                organization=organization, purpose=codes.PORTAL_PASSWORD, phone=customer.phone, valid=CODE_VALID
            )
            values = {"link": "", "code": code}
        notices.tell(
            people.PASSWORD_RESET, customer=customer, values=values, unique_key=unique_key, channels=(channel,)
        )
        events.record(
            happened,
            organization=organization,
            subject=customer,
            by=by,
            customer_id=customer.pk,
            unique_key=unique_key,
        )
