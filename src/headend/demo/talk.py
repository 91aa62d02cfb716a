"""What customers of the demo were told in the last days, as their phones have it, and what some of them wrote back."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from headend.customers.models import Customer
from headend.lib import braces, money, segments
from headend.messaging import replies, texts
from headend.messaging.catalogue import places
from headend.messaging.catalogue.money import PAYMENT_RECEIVED
from headend.messaging.models import Channel, Message
from headend.system.models import Organization, State

PEOPLE: Final = 60
# Since the broadcast.
DAYS: Final = 4
# How messages end: the state, why, and how many of a hundred.
ENDS: Final = (
    (State.DELIVERED, "", 82),
    (State.SENT, "", 9),
    (State.FAILED, "expired", 4),
    (State.FAILED, "number", 3),
    (State.UNKNOWN, "silent", 2),
)
WRITTEN: Final = (
    "Asante sana",
    "STOP",
    "The internet is slow since the rain, please look.",
    "Nimelipa leo asubuhi, nisaidie",
    "Can I change to 20M?",
)


def talk(*, organization: Organization, random: Random, now: datetime) -> None:
    """A receipt for each of some, and a few answers."""
    rows = Customer.objects.filter(organization=organization, deleted_at__isnull=True).exclude(phone="")
    people = list(rows.order_by("-pk")[:PEOPLE])
    amounts = [money.show(minor, organization.currency, organization.language) for minor in (150_000, 250_000, 400_000)]
    words = str(texts.of(organization).text(PAYMENT_RECEIVED, Channel.SMS).body)
    sent = [_receipt(customer, words, random.choice(amounts), random=random, now=now) for customer in people]
    asked = random.sample(people, len(WRITTEN))
    received = [_answer(customer, text, random, now) for customer, text in zip(asked, WRITTEN, strict=True)]
    Message.objects.bulk_create(sorted([*sent, *received], key=lambda message: message.created_at))
    for message in received:
        replies.obey(organization=organization, channel=Channel.SMS, sender=message.to, text=message.shown)


def _receipt(customer: Customer, words: str, amount: str, *, random: Random, now: datetime) -> Message:
    state, error = random.choices([(state, error) for state, error, _ in ENDS], [share for *_, share in ENDS])[0]
    text = braces.fill(words, {**places.common(customer, customer.organization), "amount": amount})
    at = _before(now, random)
    return Message(
        **_of(customer, text, at),
        kind=PAYMENT_RECEIVED.code,
        state=state,
        error=error,
        attempts=1,
        reported_at=at + timedelta(seconds=random.randint(3, 90)) if state == State.DELIVERED else None,
        # As carriers in Kenya ask.
        cost="KES 0.8000" if state != State.UNKNOWN and error != "number" else "",
    )


def _answer(customer: Customer, text: str, random: Random, now: datetime) -> Message:
    columns = _of(customer, text, _before(now, random))
    return Message(**columns, kind=replies.KIND, is_incoming=True, own_address="22141", state=State.DELIVERED)


def _of(customer: Customer, text: str, at: datetime) -> dict[str, object]:
    return {
        "organization": customer.organization,
        "channel": Channel.SMS,
        "customer_id": customer.pk,
        "to": customer.phone,
        "shown": text,
        "segments": segments.measure(text.replace("\N{NO-BREAK SPACE}", " ")).segments,
        "created_at": at,
        "next_at": at,
        "finished_at": at + timedelta(seconds=1),
    }


def _before(now: datetime, random: Random) -> datetime:
    return now - timedelta(seconds=random.randint(3_600, DAYS * 24 * 3_600))
