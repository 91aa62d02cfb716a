"""Messages: queued in the transaction that causes them, sent by the worker."""

import json
import logging
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.html import escape

from headend.customers.models import Customer
from headend.lib import clock, segments
from headend.messaging import carriers, mails, opt_outs
from headend.messaging.catalogue import NOTICES, places
from headend.messaging.gateways import http
from headend.messaging.gateways.adapter import Parcel
from headend.messaging.models import Broadcast, Carrier, Channel, Lane, Message
from headend.system import engine, sealing, waiting
from headend.system.models import Organization, State
from headend.system.sealing import SealingError

log = logging.getLogger(__name__)

# A code is of no use after its ten minutes; whatever else is tried for hours.
TRIES: Final[dict[str, int]] = {Lane.NOW: 6, Lane.SOON: 40, Lane.BULK: 40}
# So many messages of one carrier and lane are under way at once.
AT_ONCE: Final = 2
# Longer than a carrier may take to answer.
LEASE_SECONDS: Final = 30
LATER_SECONDS: Final = 60
KEPT_DAYS: Final = 90
SUBJECT_LONGEST: Final = 200
# Of what a carrier said, and of what it says a message cost.
SAID_LONGEST: Final = 160
COST_LONGEST: Final = 40
# When a carrier that tells nothing by itself is asked what became of one.
ASK_FIRST: Final = timedelta(seconds=60)
# Why a message of a broadcast was not sent that somebody has stopped.
STOPPED: Final = "stopped"
_TABLE: Final = "messaging_message"
# What stands around a word in a sentence, and is no part of it.
_PIECE: Final = re.compile(r"[^\W_]{4,}")
_MARKS: Final = '.,;:!?()"“”'


def queue(
    *,
    organization: Organization,
    kind: str,
    to: str,
    body: str,
    shown: str = "",
    subject: str = "",
    channel: str = Channel.SMS,
    lane: str = Lane.SOON,
    customer_id: int | None = None,
    unique_key: str | None = None,
    not_before: datetime | None = None,
    is_promotional: bool = False,
) -> bool:
    """Queues a message to `to` (E.164, or an e-mail address) in the caller's transaction.

    False where nobody carries the channel, or it is promotional and `to` has opted out.

    `shown` is what staff read of it afterwards, where `body` holds a secret; `subject` holds none. With a `unique_key` it is said once.
    """
    if carriers.of(organization, channel) is None:
        return False
    if is_promotional and opt_outs.is_out(organization, channel, to):
        return False
    message = make(
        organization=organization,
        kind=kind,
        to=to,
        body=body,
        shown=shown,
        subject=subject,
        channel=channel,
        lane=lane,
        customer_id=customer_id,
        unique_key=unique_key,
        next_at=not_before or clock.now(),
        is_promotional=is_promotional,
    )
    Message.objects.bulk_create([message], ignore_conflicts=unique_key is not None)
    return True


def make(*, body: str, shown: str = "", channel: str, **columns: Any) -> Message:
    """A message with its body sealed, not written yet: for whoever writes many at once, and has asked what `queue` asks."""
    shown = shown or body
    holds_secret = shown != body
    if channel == Channel.SMS:
        # Amounts come with a no-break space, which the alphabet of SMS lacks: a message would take twice as many.
        body = body.replace("\N{NO-BREAK SPACE}", " ")
    size = segments.measure(body).segments if channel == Channel.SMS else 0
    message = Message(channel=channel, shown=shown, holds_secret=holds_secret, segments=size, **columns)
    message.body_sealed = sealing.seal_text(table=_TABLE, column="body", uid=message.uid, text=body)
    return message


def claim(*, owner: str, now: datetime, lane: str = Lane.SOON) -> Message | None:
    """The next message of a lane whose carrier has room for one more, made ours; None where there is nothing to send.

    One whose worker died is sent again by a carrier that sends no id of ours twice. With any other it stays unknown.
    """
    if not waiting.is_anything_ready(Message, now, lane=lane) or not waiting.ready(_with_room(lane, now), now).exists():
        return None
    with transaction.atomic():
        # Two workers that count at once would both find room for the last one.
        engine.lock_keys([f"messages:{lane}"])
        _give_up(lane, now)
        claimed = waiting.claim(_with_room(lane, now), owner=owner, now=now, lease_seconds=LEASE_SECONDS)
    return claimed[0] if claimed else None


def send(message: Message) -> None:
    """Hands a message to its carrier, and writes down what came of it. Call it outside any transaction."""
    carrier = carriers.of(message.organization, message.channel)
    tries = TRIES[message.lane]
    if message.attempts > tries:
        # Its last tries ended with the worker itself.
        waiting.fail(message, waiting.LEASE_RAN_OUT, tries=0, body_sealed=None)
        return
    if carrier is None or message.body_sealed is None:
        waiting.fail(message, "no_carrier", tries=0, body_sealed=None)
        return
    unwanted = _unwanted(message)
    if unwanted:
        waiting.fail(message, unwanted, tries=0, body_sealed=None)
        return
    try:
        adapter, target = carriers.speak(carrier)
        body = sealing.open_text(table=_TABLE, column="body", uid=message.uid, sealed=message.body_sealed)
    except SealingError as error:
        waiting.fail(message, str(error), tries=0, body_sealed=None)
        return
    try:
        parcel = _parcel(message, body, carrier)
    except Exception as error:  # noqa: BLE001 - whatever it is, it would be so at each try, and hold up the others
        log.error("Message %s could not be written: %s", message.pk, type(error).__name__)
        waiting.fail(message, "unwritable", tries=0, body_sealed=None)
        return
    answer = adapter.send(target, parcel)
    carriers.note(carrier, answer.reason)
    if answer.outcome == "accepted":
        ask_at = clock.now() + ASK_FIRST if http.can_be_asked(carrier.options) and answer.reference else None
        taken = {"carrier_reference": answer.reference or None, "cost": answer.cost[:COST_LONGEST], "ask_at": ask_at}
        waiting.finish(message, state=State.SENT, body_sealed=None, **taken)
        return
    detail = _without_secrets(answer.detail, body, message.shown)
    said = f"{answer.reason}: {detail}" if detail else answer.reason
    if answer.outcome == "unknown":
        waiting.finish(message, state=State.UNKNOWN, error=said, body_sealed=None)
    elif answer.outcome == "refused" or message.attempts >= tries:
        waiting.fail(message, said, tries=0, body_sealed=None)
    else:
        # Who greylists does so for minutes.
        later = clock.now() + timedelta(seconds=LATER_SECONDS) if answer.reason == "later" else None
        waiting.fail(message, said, tries=tries, next_at=later)


def forget() -> int:
    """Deletes the messages that ended more than KEPT_DAYS ago, and says how many."""
    return waiting.forget(Message.objects.all(), before=clock.now() - timedelta(days=KEPT_DAYS))


def _without_secrets(detail: str, body: str, shown: str) -> str:
    """What a carrier said, which may repeat what it was given: dots for each word that staff may not read either."""
    kept, known = set(shown.split()), set(_PIECE.findall(shown))
    words = {word.strip(_MARKS) for word in body.split() if word not in kept}
    pieces = {piece for piece in _PIECE.findall(body) if piece not in known}
    # The longest first: a part of one must not be dotted before the whole.
    for word in sorted((each for each in words | pieces if len(each) > 1), key=len, reverse=True):
        written = json.dumps(word)[1:-1]
        spellings = (word, quote(word), quote(word, safe=""), written, written.replace("/", "\\/"), escape(word))
        for spelling in spellings:
            detail = detail.replace(spelling, places.DOTS)
    return detail[:SAID_LONGEST]


def _unwanted(message: Message) -> str:
    """Why it must not be sent any more: since it was queued somebody may have left, or wants nothing of its kind."""
    if message.is_promotional and opt_outs.is_out(message.organization, message.channel, message.to):
        return "opted_out"
    # Codes and test messages are nobody's; of a customer the row stays, also erased.
    if message.customer_id:
        customer = Customer.objects.filter(pk=message.customer_id, deleted_at__isnull=True).first()
        if customer is None:
            return "customer_gone"
        if _is_elsewhere(message, customer):
            return "address_changed"
    notice = NOTICES.get(message.kind)
    if notice is not None and notice.is_true_still is not None and not notice.is_true_still(message):
        return "no_longer"
    if message.broadcast_id and Broadcast.objects.filter(pk=message.broadcast_id, stopped_at__isnull=False).exists():
        return STOPPED
    return ""


def _is_elsewhere(message: Message, customer: Customer) -> bool:
    """Whether the customer has another number or address by now. What staff typed, and triggers name, stays as it is."""
    notice = NOTICES.get(message.kind)
    follows = notice.addresses is None if notice else message.broadcast_id is not None
    return follows and message.to != (customer.email if message.channel == Channel.EMAIL else customer.phone)


def _parcel(message: Message, body: str, carrier: Carrier) -> Parcel:
    if message.channel == Channel.EMAIL:
        return mails.parcel(message, body, reply_to=carrier.options.get("reply_to", ""))
    report_to = carriers.report_url(carrier) if carriers.is_public() else ""
    return Parcel(message.uid.hex, message.to, body, report_to=report_to)


def _give_up(lane: str, now: datetime) -> None:
    """What was being handed over when its worker died, to a carrier that would send it twice."""
    lost = waiting.still_open(Message.objects.filter(lane=lane)).filter(state=State.SENDING, lease_until__lte=now)
    safe = Carrier.objects.filter(
        organization=OuterRef("organization"), channel=OuterRef("channel"), kind__in=carriers.KNOW_OURS
    )
    for message in lost.exclude(Exists(safe)):
        # Its `owner` is gone: nobody else writes to it.
        waiting.finish(message, state=State.UNKNOWN, error=waiting.LEASE_RAN_OUT, body_sealed=None)


def _with_room(lane: str, now: datetime) -> QuerySet[Message]:
    rows = Message.objects.filter(lane=lane)
    sending = waiting.still_open(rows).filter(state=State.SENDING, lease_until__gt=now)
    # Counted here: told to group, SQLite would go through an index of all that ever was.
    busy = Counter(sending.values_list("channel", "organization_id"))
    paused = carriers.paused(now)
    # Codes are handed to one that does not answer too, but one at a time: the other threads are there for others.
    full = {pair for pair, number in busy.items() if number >= (1 if pair in paused else AT_ONCE)}
    if lane != Lane.NOW:
        full |= paused
    of_channels = defaultdict(list)
    for channel, organization_id in full:
        of_channels[channel].append(organization_id)
    for channel, organization_ids in of_channels.items():
        rows = rows.exclude(channel=channel, organization_id__in=organization_ids)
    return rows
