"""*Message*: what somebody of the staff writes to one customer, or to the first of a list."""

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from headend.customers import customers
from headend.customers.models import Customer
from headend.lib.refused import Refused
from headend.messaging import carriers, happenings, letters
from headend.messaging.letters import Letter, Receiver
from headend.messaging.models import Channel
from headend.messaging.rules import Code
from headend.system import engine, events
from headend.system.models import Organization, Staff

# Of a list so many get it; for more there are broadcasts, with a right of their own.
LISTED_MOST: Final = 10
CHANNELS: Final = (Channel.SMS, Channel.EMAIL)


def carried(organization: Organization) -> list[Channel]:
    """The channels that somebody carries."""
    return [channel for channel in CHANNELS if carriers.of(organization, channel) is not None]


def send(*, customer: Customer, letter: Letter, phone: str, email: str, key: str, by: Staff | None) -> None:
    """Queues it to the number and to the address, as typed: an empty one gets nothing. The same key again sends nothing more.

    Refuses `customer_is_deleted`, `receiver_missing`, `channel_absent`, what `customers.read_phone` and `customers.read_email`
    refuse, and what `letters.refuse` refuses.
    """
    customers.refuse_deleted(customer)
    organization = customer.organization
    places: dict[str, str] = {}
    if phone.strip():
        places[Channel.SMS] = customers.read_phone(organization=organization, text=phone)
    if email.strip():
        places[Channel.EMAIL] = customers.read_email(text=email)
    if not places:
        raise Refused(Code.RECEIVER_MISSING, field="phone")
    letters.refuse(letter, places)
    with transaction.atomic():
        for channel, to in places.items():
            _write(organization, letter, channel, [(customer, to)], key=key)
        _record(customer, " ".join(places), key=key, by=by)


def send_to_listed(
    *, organization: Organization, listed: Sequence[Customer], letter: Letter, channel: str, key: str, by: Staff | None
) -> int:
    """Queues it to those of at most LISTED_MOST customers of the organization who can be reached by the channel, and says how many
    they are. The same key again sends nothing more.

    Refuses `receivers_many`, `receivers_none`, `channel_absent`, and what `letters.refuse` refuses.
    """
    if len(listed) > LISTED_MOST:
        raise Refused(Code.RECEIVERS_MANY, most=LISTED_MOST)
    letters.refuse(letter, [channel])
    places = [(customer, place_of(customer, channel)) for customer in listed if customer.deleted_at is None]
    reached = [(customer, to) for customer, to in places if to]
    if not reached:
        raise Refused(Code.RECEIVERS_NONE)
    with events.operation(), transaction.atomic():
        _write(organization, letter, channel, reached, key=key)
        for customer, _to in reached:
            _record(customer, channel, key=key, by=by)
    return len(reached)


def place_of(customer: Customer, channel: str) -> str:
    """Where a customer is reached by a channel; empty where they are not."""
    return customer.email if channel == Channel.EMAIL else customer.phone


def _write(
    organization: Organization, letter: Letter, channel: str, places: list[tuple[Customer, str]], *, key: str
) -> None:
    if carriers.of(organization, channel) is None:
        raise Refused(Code.CHANNEL_ABSENT, channel=Channel(channel).label)
    # Two presses at once: the second sees what the first has written.
    engine.lock_keys([f"written:{organization.pk}:{key}"])
    letters.write(
        letter=letter,
        channel=channel,
        receivers=[Receiver(customer, to, f"written:{channel}:{customer.pk}:{key}") for customer, to in places],
        organization=organization,
        kind=happenings.MESSAGE_WRITTEN.kind,
    )


def _record(customer: Customer, channels: str, *, key: str, by: Staff | None) -> None:
    events.record(
        happenings.MESSAGE_WRITTEN(channels=channels),
        organization=customer.organization,
        subject=customer,
        by=by,
        customer_id=customer.pk,
        unique_key=f"written:{customer.pk}:{key}",
    )
