"""*Send a test message*: by the carrier as any other message goes, so that what is wrong with it shows."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from headend.lib import phone as phones
from headend.lib.phone import PhoneError
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, messages
from headend.messaging.models import Carrier, Lane, Message
from headend.messaging.rules import Code
from headend.system import events, jobs
from headend.system.models import Organization, Staff


def send(*, organization: Organization, phone: str, key: str, by: Staff | None) -> None:
    """Queues a message to `phone`, as typed. The same key again sends nothing more. Refuses `sms_absent`, `trial_phone_wrong`."""
    try:
        to = phones.parse(phone, organization.country)
    except PhoneError:
        raise Refused(Code.TRIAL_PHONE_WRONG, field="phone") from None
    with transaction.atomic(), translation.override(organization.language):
        carrier = carriers.of(organization)
        if carrier is None:
            raise Refused(Code.SMS_ABSENT)
        unique_key = f"trial:{carrier.pk}:{key}"
        messages.queue(
            organization=organization,
            kind=happenings.CARRIER_TESTED.kind,
            lane=Lane.NOW,
            to=to,
            body=_("%(name)s: a test message. SMS works.") % {"name": organization.name},
            unique_key=unique_key,
        )
        Carrier.objects.filter(pk=carrier.pk).update(trial_key=unique_key)
        events.record(
            happenings.CARRIER_TESTED(kind=carrier.kind),
            organization=organization,
            subject=carrier,
            by=by,
            unique_key=unique_key,
        )
        jobs.queue(
            carriers.ASK_CREDIT, lane="bulk", delay_seconds=20, unique_key=f"credit:{carrier.pk}", carrier_id=carrier.pk
        )


def last(carrier: Carrier) -> Message | None:
    """The last test message, as far as it has come."""
    if not carrier.trial_key:
        return None
    return Message.objects.filter(unique_key=carrier.trial_key).defer("body_sealed").first()
