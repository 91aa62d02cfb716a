"""*Send a test message*: by the carrier as any other message goes, so that what is wrong with it shows."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from headend.lib import mailbox
from headend.lib import phone as phones
from headend.lib.phone import PhoneError
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, messages
from headend.messaging.models import Carrier, Channel, Lane, Message
from headend.messaging.rules import Code
from headend.system import events
from headend.system.models import Organization, Staff


def send(*, organization: Organization, to: str, key: str, by: Staff | None, channel: str = Channel.SMS) -> None:
    """Queues a message to a number or an e-mail address, as typed. The same key again sends nothing more.

    Refuses `sms_absent`, `mail_absent`, `trial_phone_wrong`, `mail_address_wrong`.
    """
    to = _read(to, channel, organization)
    with transaction.atomic(), translation.override(organization.language):
        carrier = carriers.of(organization, channel)
        if carrier is None:
            raise Refused(Code.MAIL_ABSENT if channel == Channel.EMAIL else Code.SMS_ABSENT)
        unique_key = f"trial:{carrier.pk}:{key}"
        name = {"name": organization.name}
        if channel == Channel.EMAIL:
            body, subject = _("This is a test message. E-mail works."), _("%(name)s: a test message") % name
        else:
            body, subject = _("%(name)s: a test message. SMS works.") % name, ""
        messages.queue(
            organization=organization,
            kind=happenings.CARRIER_TESTED.kind,
            channel=channel,
            lane=Lane.NOW,
            to=to,
            subject=subject,
            body=body,
            unique_key=unique_key,
        )
        Carrier.objects.filter(pk=carrier.pk).update(trial_key=unique_key)
        events.record(
            happenings.CARRIER_TESTED(kind=carrier.kind, channel=channel),
            organization=organization,
            subject=carrier,
            by=by,
            unique_key=unique_key,
        )
        carriers.ask_credit(carrier, delay_seconds=20)


def last(carrier: Carrier) -> Message | None:
    """The last test message, as far as it has come."""
    if not carrier.trial_key:
        return None
    return Message.objects.filter(unique_key=carrier.trial_key).defer("body_sealed").first()


def _read(to: str, channel: str, organization: Organization) -> str:
    if channel == Channel.EMAIL:
        try:
            return mailbox.address(to)
        except ValueError:
            raise Refused(Code.MAIL_ADDRESS_WRONG, field="to") from None
    try:
        return phones.parse(to, organization.country)
    except PhoneError:
        raise Refused(Code.TRIAL_PHONE_WRONG, field="to") from None
