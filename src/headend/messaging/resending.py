"""*Send again*: the same words once more, of a message that failed, or of which nobody knows whether it arrived."""

from typing import Final

from django.db import transaction

from headend.customers.models import Customer
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, messages, opt_outs
from headend.messaging.models import Message
from headend.messaging.rules import Code
from headend.system import events
from headend.system.models import Staff, State

AGAIN: Final = (State.FAILED, State.UNKNOWN)


def send(*, message: Message, key: str, by: Staff | None) -> None:
    """Queues it anew, as another message. The same key again sends nothing more. Refuses what `refuse_to` refuses."""
    refuse_to(message=message)
    unique_key = f"again:{message.pk}:{key}"[:120]
    with transaction.atomic():
        messages.queue(
            organization=message.organization,
            kind=message.kind,
            channel=message.channel,
            lane=message.lane,
            to=message.to,
            subject=message.subject,
            body=message.shown,
            customer_id=message.customer_id,
            is_promotional=message.is_promotional,
            unique_key=unique_key,
        )
        events.record(
            happenings.MESSAGE_RESENT(channel=message.channel),
            organization=message.organization,
            subject=message,
            by=by,
            customer_id=message.customer_id,
            unique_key=unique_key,
        )


def refuse_to(*, message: Message) -> None:
    """Refuses `message_not_failed`, `message_not_kept`, `message_receiver_gone`, `message_opted_out`, `channel_absent`."""
    if message.is_incoming or message.state not in AGAIN:
        raise Refused(Code.MESSAGE_NOT_FAILED)
    if message.holds_secret:
        raise Refused(Code.MESSAGE_NOT_KEPT)
    present = Customer.objects.filter(pk=message.customer_id or 0, deleted_at__isnull=True)
    if message.customer_id and not present.exists():
        raise Refused(Code.MESSAGE_RECEIVER_GONE)
    if message.is_promotional and opt_outs.is_out(message.organization, message.channel, message.to):
        raise Refused(Code.MESSAGE_OPTED_OUT)
    if carriers.of(message.organization, message.channel) is None:
        raise Refused(Code.CHANNEL_ABSENT, channel=message.get_channel_display())
