"""A broadcast that the demo's provider has sent, and one that it is still writing."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from headend.lib import clock
from headend.messaging import broadcasts
from headend.messaging.audiences import Audience, Standing
from headend.messaging.broadcasts import Terms
from headend.messaging.letters import Letter
from headend.messaging.models import LeadsTo, Link, Message
from headend.system.models import Organization, Site, Staff, State

DAYS_AGO: Final = 5
# What one SMS costs: KES 0.80.
_PRICE_MICROS: Final = 800_000
_SENT: Final = "Good morning {first_name}. We put a stronger antenna on the mast on Thursday from 10 to 12: your internet pauses then. What is new: {link}"
_DRAFT: Final = "Karibu tena, {first_name}! Renew by Sunday and the first week is on us: {link}"


def send(*, organization: Organization, site: Site, by: Staff, random: Random, now: datetime) -> None:
    """What somebody finds who looks: most of it delivered, some of it followed, a number that is no more."""
    with clock.at(now - timedelta(days=DAYS_AGO)):
        letter = Letter(_SENT, leads_to=LeadsTo.ADDRESS, address="https://baobab.example/news/antenna")
        terms = Terms(letter, "sms", Audience(site=site.pk), is_notice=True, part_price_micros=_PRICE_MICROS)
        broadcast = broadcasts.draft(organization=organization, terms=terms, by=by)
        broadcasts.begin(broadcast=broadcast, by=by)
        broadcasts.write(broadcast_id=broadcast.pk)
    with clock.at(now - timedelta(days=DAYS_AGO) + timedelta(minutes=20)):
        sent = list(Message.objects.filter(broadcast=broadcast).order_by("pk"))
        for message in sent:
            message.state, message.attempts, message.body_sealed = State.DELIVERED, 1, None
            message.finished_at = clock.now()
        for message in random.sample(sent, len(sent) // 12):
            message.state = State.SENT
        for message in random.sample(sent, 2):
            message.state, message.error = State.FAILED, "number"
        columns = ["state", "attempts", "body_sealed", "finished_at", "error"]
        Message.objects.bulk_update(sent, columns)
        followed = random.sample(sent, len(sent) // 3)
        for link in Link.objects.filter(message__in=followed):
            Link.objects.filter(pk=link.pk).update(clicks=random.randint(1, 3), clicked_at=clock.now())
        broadcasts.settle()
    with clock.at(now - timedelta(hours=20)):
        audience = Audience(standing=Standing.EXPIRED, days=30)
        terms = Terms(Letter(_DRAFT), "sms", audience, part_price_micros=_PRICE_MICROS)
        broadcasts.draft(organization=organization, terms=terms, by=by)
