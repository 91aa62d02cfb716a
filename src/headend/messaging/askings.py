"""Carriers that tell nothing by themselves are asked what became of messages: soon, then ever less often, for a day."""

from datetime import timedelta
from typing import Final

from headend.lib import clock
from headend.messaging import carriers, deliveries
from headend.messaging.gateways import http
from headend.messaging.gateways.adapter import Answer
from headend.messaging.models import Carrier, CarrierKind, Channel, Message
from headend.system import jobs
from headend.system.jobs import Kind
from headend.system.models import State

ASK: Final = Kind("ask_deliveries")
# Of one carrier, in one go: some take 120 questions a minute in all, and others wait for this lane.
ASKED_AT_ONCE: Final = 40
LONGEST: Final = timedelta(days=1)


def queue_due() -> None:
    """A Job for each carrier of which something is to be asked."""
    due = Message.objects.filter(ask_at__isnull=False, ask_at__lte=clock.now())
    organizations = set(due.order_by("ask_at").values_list("organization", flat=True)[:1_000])
    rows = Carrier.objects.filter(organization__in=organizations, channel=Channel.SMS, is_on=True)
    for carrier in rows.order_by("pk"):
        jobs.queue(ASK, lane="bulk", unique_key=f"deliveries:{carrier.pk}", carrier_id=carrier.pk)


def ask(*, carrier_id: int) -> None:
    """Asks one carrier about the messages that are due. Call it outside any transaction.

    One that does not answer is asked no more this time. What is a day old stays as it is: it was sent.
    """
    carrier = Carrier.objects.filter(pk=carrier_id, is_on=True).select_related("organization").first()
    if carrier is None:
        return
    due = Message.objects.filter(
        organization=carrier.organization, channel=carrier.channel, ask_at__isnull=False, ask_at__lte=clock.now()
    )
    can_be_asked = carrier.kind == CarrierKind.HTTP and http.can_be_asked(carrier.options)
    _adapter, target = carriers.speak(carrier)
    for message in due.defer("body_sealed").order_by("ask_at")[:ASKED_AT_ONCE]:
        said = http.ask(target, message.carrier_reference or "") if can_be_asked else None
        if isinstance(said, Answer) and said.outcome != "refused":
            return
        if said is not None and not isinstance(said, Answer):
            deliveries.believe(carrier=carrier, report=said)
        _next(message)


def _next(message: Message) -> None:
    """As long again as it took so far, so that a message that never arrives is asked for ten times and not a thousand."""
    now, sent_at = clock.now(), message.finished_at or message.created_at
    age = now - sent_at
    later = min(now + max(age, timedelta(minutes=1)), sent_at + LONGEST) if age < LONGEST else None
    rows = Message.objects.filter(pk=message.pk, ask_at__isnull=False, state__in=[State.SENT, State.UNKNOWN])
    rows.update(ask_at=later)
