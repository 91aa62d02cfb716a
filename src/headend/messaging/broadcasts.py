"""Broadcasts: one text to many, written by the worker in slices, stopped half-way, and what became of it."""

import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging import audiences, carriers, happenings, letters, messages, policies, writing
from headend.messaging.audiences import Audience
from headend.messaging.letters import Letter, Receiver
from headend.messaging.models import Broadcast, Channel, Lane, LeadsTo, Link, Message
from headend.messaging.rules import Code
from headend.system import events, jobs, waiting
from headend.system.models import Job, Organization, Staff, State

WRITE: Final = jobs.Kind("write_broadcast")
KIND: Final = "broadcast"
# So many customers are looked at in one transaction, and so long others may write before the next (SQLite has one writer).
AT_ONCE: Final = 100
REST_SECONDS: Final = 0.01
# Its figures are kept before the first of its messages is forgotten; nothing is delivered or followed any more by then.
KEPT_AFTER_DAYS: Final = messages.KEPT_DAYS - 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What a broadcast is: what is said to whom, by which channel, and what one SMS costs in millionths of the currency's unit."""

    letter: Letter
    channel: str
    audience: Audience
    is_notice: bool = False
    part_price_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a broadcast's messages. `sent` were handed over and `delivered` reported so; `stopped` are never sent.

    `followed` is how many receivers have followed their short address, `clicks` how often in all.
    """

    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    stopped: int = 0
    parts: int = 0
    followed: int = 0
    clicks: int = 0


def draft(*, organization: Organization, terms: Terms, by: Staff | None) -> Broadcast:
    """A broadcast that nobody gets before it is begun. Refuses what `letters.refuse` refuses."""
    _refuse(terms)
    return Broadcast.objects.create(organization=organization, created_by=by, **_columns(terms))


def edit(*, broadcast: Broadcast, terms: Terms) -> None:
    """Changes a draft. Refuses `broadcast_begun`, and what `draft` refuses."""
    _refuse(terms)
    if not Broadcast.objects.filter(pk=broadcast.pk, begun_at__isnull=True).update(**_columns(terms)):
        raise Refused(Code.BROADCAST_BEGUN)


def discard(*, broadcast: Broadcast) -> None:
    """Throws a draft away. Refuses `broadcast_begun`."""
    if not Broadcast.objects.filter(pk=broadcast.pk, begun_at__isnull=True).delete()[0]:
        raise Refused(Code.BROADCAST_BEGUN)


def begin(*, broadcast: Broadcast, by: Staff | None) -> None:
    """Has the worker write its messages. A second press does no harm. Refuses `channel_absent`, `broadcast_to_nobody`."""
    organization = broadcast.organization
    if carriers.of(organization, broadcast.channel) is None:
        raise Refused(Code.CHANNEL_ABSENT, channel=Channel(broadcast.channel).label)
    with transaction.atomic():
        row = _lock(broadcast.pk)
        if row.begun_at is not None:
            return
        row.people = audiences.find(organization, Audience.of(row.audience)).count()
        if not row.people:
            raise Refused(Code.BROADCAST_TO_NOBODY)
        row.begun_at, row.begun_by = clock.now(), by
        row.save(update_fields=["people", "begun_at", "begun_by"])
        begun = happenings.BROADCAST_BEGUN(channel=row.channel, people=row.people)
        events.record(begun, organization=organization, subject=row, by=by)
        _queue(row)


def write(*, broadcast_id: int) -> None:
    """Writes the messages that a broadcast lacks, a slice in each transaction. It goes on where it was stopped in the middle."""
    while _write_slice(broadcast_id):
        if not connection.in_atomic_block:
            time.sleep(REST_SECONDS)


def stop(*, broadcast: Broadcast, by: Staff | None) -> None:
    """Sends nothing of it any more but what is just being handed over. A second press does no harm, nor one that comes too late."""
    with transaction.atomic():
        row = _lock(broadcast.pk)
        if row.state not in ("writing", "sending"):
            return
        row.stopped_at, row.stopped_by = clock.now(), by
        row.save(update_fields=["stopped_at", "stopped_by"])
        waiting_ones = Message.objects.filter(broadcast=row, state=State.QUEUED)
        waiting_ones.update(
            state=State.FAILED, error=messages.STOPPED, finished_at=clock.now(), body_sealed=None, lease_until=None
        )
        now = figures(row)
        sent = now.sent + now.delivered + now.unknown + now.waiting
        stopped = happenings.BROADCAST_STOPPED(sent=sent, unsent=max(0, row.people - sent))
        events.record(stopped, organization=row.organization, subject=row, by=by)


def settle() -> None:
    """Finishes the broadcasts of which nothing waits any more, and goes on with those whose Job was given up."""
    for broadcast in Broadcast.objects.filter(begun_at__isnull=False, finished_at__isnull=True).order_by("pk"):
        if broadcast.state == "writing":
            if not waiting.still_open(Job.objects.filter(kind=WRITE, unique_key=_key(broadcast))).exists():
                _queue(broadcast)
        elif not Message.objects.filter(broadcast=broadcast, state__in=waiting.OPEN_STATES).exists():
            _finish(broadcast.pk)


def keep() -> None:
    """Writes down what became of broadcasts whose messages will soon be forgotten."""
    before = clock.now() - timedelta(days=KEPT_AFTER_DAYS)
    for broadcast in Broadcast.objects.filter(begun_at__lt=before, kept__isnull=True).order_by("pk"):
        Broadcast.objects.filter(pk=broadcast.pk).update(kept=asdict(figures(broadcast)))


def figures(broadcast: Broadcast) -> Figures:
    """What became of its messages so far."""
    if broadcast.kept is not None:
        return Figures(**broadcast.kept)
    states: dict[str, Any] = {
        "waiting": Q(state__in=waiting.OPEN_STATES),
        "sent": Q(state=State.SENT),
        "delivered": Q(state=State.DELIVERED),
        "failed": Q(state=State.FAILED) & ~Q(error=messages.STOPPED),
        "unknown": Q(state=State.UNKNOWN),
        "stopped": Q(state=State.FAILED, error=messages.STOPPED),
    }
    counts: dict[str, Any] = {name: Count("pk", filter=condition) for name, condition in states.items()}
    handed_over = Q(state__in=(State.SENT, State.DELIVERED, State.UNKNOWN))
    own = Message.objects.filter(broadcast=broadcast).aggregate(parts=Sum("segments", filter=handed_over), **counts)
    followed = Link.objects.filter(message__broadcast=broadcast, clicks__gt=0)
    clicked = followed.aggregate(followed=Count("pk"), clicks=Sum("clicks"))
    return Figures(**{name: number or 0 for name, number in {**own, **clicked}.items()})


def goes_at(broadcast: Broadcast) -> datetime:
    """From when its messages are sent that are written now: nobody is woken by an offer, and told of an outage at once."""
    now = clock.now()
    return now if broadcast.is_notice else policies.not_before(policies.of(broadcast.organization), now)


def letter_of(broadcast: Broadcast) -> Letter:
    """What it says."""
    return Letter(broadcast.text, broadcast.subject, broadcast.leads_to, broadcast.address)


def _refuse(terms: Terms) -> None:
    letters.refuse(terms.letter, [terms.channel])


def _columns(terms: Terms) -> dict[str, Any]:
    letter = terms.letter
    return {
        "channel": terms.channel,
        "subject": letter.subject if terms.channel == Channel.EMAIL else "",
        "text": letter.text,
        "leads_to": letter.leads_to,
        "address": letter.address if letter.leads_to == LeadsTo.ADDRESS else "",
        "is_notice": terms.is_notice,
        "audience": terms.audience.as_kept(),
        "part_price_micros": terms.part_price_micros,
    }


def _key(broadcast: Broadcast) -> str:
    return f"{WRITE}:{broadcast.pk}"


def _queue(broadcast: Broadcast) -> None:
    jobs.queue(
        WRITE,
        organization=broadcast.organization,
        lane="bulk",
        unique_key=_key(broadcast),
        broadcast_id=broadcast.pk,
    )


def _write_slice(broadcast_id: int) -> bool:
    """Writes the messages to the next customers, and notes up to whom, in a transaction of its own. False: nothing is left."""
    with transaction.atomic():
        jobs.renew()
        # Stopped meanwhile, or at work already with another worker: that one has the row.
        row = _lock(broadcast_id)
        if row.state != "writing":
            return False
        found = audiences.find(row.organization, Audience.of(row.audience))
        # In an order that has an index within the organization: a slice reads no customers but its own.
        people = list(found.filter(account_number__gt=row.reached).order_by("account_number")[:AT_ONCE])
        receivers = [
            Receiver(customer, to, f"{KIND}:{row.pk}:{customer.pk}")
            for customer in people
            if (to := writing.place_of(customer, row.channel))
        ]
        written = letters.write(
            letter=letter_of(row),
            channel=row.channel,
            receivers=receivers,
            organization=row.organization,
            kind=KIND,
            lane=Lane.BULK,
            is_promotional=not row.is_notice,
            next_at=goes_at(row),
            broadcast=row,
        )
        row.reached = people[-1].account_number if people else row.reached
        row.written += written
        row.unreachable += len(people) - len(receivers)
        row.opted_out += len(receivers) - written
        row.written_at = None if people else clock.now()
        row.save(update_fields=["reached", "written", "unreachable", "opted_out", "written_at"])
    return bool(people)


def _finish(pk: int) -> None:
    with transaction.atomic():
        row = _lock(pk)
        if row.finished_at is not None:
            return
        row.finished_at = clock.now()
        row.save(update_fields=["finished_at"])
        if row.stopped_at is None:
            now = figures(row)
            finished = happenings.BROADCAST_FINISHED(sent=now.sent + now.delivered + now.unknown, unsent=now.failed)
            events.record(finished, organization=row.organization, subject=row, by=None)


def _lock(pk: int) -> Broadcast:
    rows = Broadcast.objects.select_for_update(no_key=True, of=("self",)).select_related("organization")
    return rows.get(pk=pk)
