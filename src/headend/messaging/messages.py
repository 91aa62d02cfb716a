"""Messages: queued in the transaction that causes them, sent by the worker."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from headend.lib import clock
from headend.messaging import carriers
from headend.messaging.models import Channel, Message
from headend.system import engine, sealing, waiting
from headend.system.models import Organization, State
from headend.system.sealing import SealingError

TRIES: Final = 6
# So many messages of one organization, which has one carrier, are under way at once.
AT_ONCE: Final = 2
# Longer than a carrier may take to answer.
LEASE_SECONDS: Final = 30
KEPT_DAYS: Final = 90
_TABLE: Final = "messaging_message"


def queue(
    *,
    organization: Organization,
    kind: str,
    to: str,
    body: str,
    shown: str = "",
    customer_id: int | None = None,
    unique_key: str | None = None,
) -> bool:
    """Queues an SMS to `to` (E.164) in the caller's transaction. False where the organization has no carrier.

    `shown` is what staff read of it afterwards, where `body` holds a secret. With a `unique_key` it is said once.
    """
    if carriers.of(organization) is None:
        return False
    message = Message(
        organization=organization,
        channel=Channel.SMS,
        kind=kind,
        to=to,
        shown=shown or body,
        customer_id=customer_id,
        unique_key=unique_key,
    )
    # Amounts come with a no-break space, which the alphabet of SMS lacks: a message would take twice as many.
    body = body.replace("\N{NO-BREAK SPACE}", " ")
    message.body_sealed = sealing.seal_text(table=_TABLE, column="body", uid=message.uid, text=body)
    Message.objects.bulk_create([message], ignore_conflicts=unique_key is not None)
    return True


def claim(*, owner: str, now: datetime) -> Message | None:
    """The next message whose carrier has room for one more, made ours; None where there is nothing to send.

    One whose worker died is sent again by a carrier that sends no id of ours twice. With any other it stays unknown.
    """
    if not waiting.is_anything_ready(Message, now) or not waiting.ready(_with_room(now), now).exists():
        return None
    with transaction.atomic():
        # Two workers that count at once would both find room for the last one.
        engine.lock_keys(["messages"])
        _give_up(now)
        claimed = waiting.claim(_with_room(now), owner=owner, now=now, lease_seconds=LEASE_SECONDS)
    return claimed[0] if claimed else None


def send(message: Message) -> None:
    """Hands a message to its carrier, and writes down what came of it. Call it outside any transaction."""
    carrier = carriers.of(message.organization)
    if message.attempts > TRIES:
        # Its last tries ended with the worker itself.
        waiting.fail(message, waiting.LEASE_RAN_OUT, tries=0, body_sealed=None)
        return
    if carrier is None or message.body_sealed is None:
        waiting.fail(message, "no_carrier", tries=0, body_sealed=None)
        return
    try:
        adapter, target = carriers.speak(carrier)
        body = sealing.open_text(table=_TABLE, column="body", uid=message.uid, sealed=message.body_sealed)
    except SealingError as error:
        waiting.fail(message, str(error), tries=0, body_sealed=None)
        return
    answer = adapter.send(target, uid=message.uid.hex, to=message.to, body=body)
    if answer.outcome == "accepted":
        waiting.finish(message, state=State.SENT, carrier_reference=answer.reference, body_sealed=None)
        return
    said = f"{answer.reason}: {answer.detail}" if answer.detail else answer.reason
    if answer.outcome == "unknown":
        waiting.finish(message, state=State.UNKNOWN, error=said, body_sealed=None)
    elif answer.outcome == "refused" or message.attempts >= TRIES:
        waiting.fail(message, said, tries=0, body_sealed=None)
    else:
        waiting.fail(message, said, tries=TRIES)


def forget() -> int:
    """Deletes the messages that ended more than KEPT_DAYS ago, and says how many."""
    return waiting.forget(Message.objects.all(), before=clock.now() - timedelta(days=KEPT_DAYS))


def _give_up(now: datetime) -> None:
    """What was being handed over when its worker died, to a carrier that would send it twice."""
    lost = waiting.still_open(Message.objects.all()).filter(state=State.SENDING, lease_until__lte=now)
    lost = lost.exclude(organization__carrier__kind__in=carriers.KNOW_OURS)
    for message in lost:
        # Its `owner` is gone: nobody else writes to it.
        waiting.finish(message, state=State.UNKNOWN, error=waiting.LEASE_RAN_OUT, body_sealed=None)


def _with_room(now: datetime) -> QuerySet[Message]:
    sending = waiting.still_open(Message.objects.all()).filter(state=State.SENDING, lease_until__gt=now)
    # Counted here: told to group, SQLite would go through an index of all that ever was.
    busy = Counter(sending.values_list("organization_id", flat=True))
    full = [organization_id for organization_id, number in busy.items() if number >= AT_ONCE]
    return Message.objects.exclude(organization_id__in=full) if full else Message.objects.all()
