"""What a notice is: what causes it, to whom it goes, and its text for each channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from headend.customers.models import Customer
from headend.messaging.models import Channel, Lane, Message
from headend.system.models import Event

Words = str | Promise
# What stands in the places of a text, from an Event; None where nothing is to be said of it.
Values = Callable[[Event, dict[str, Any]], dict[str, str] | None]


@dataclass(frozen=True, slots=True)
class Text:
    """What is said by one channel. An e-mail has a subject, in which no secret stands. `needs` are the names without which it says nothing."""

    body: Words
    subject: Words = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """Where a notice goes instead of to the customer, and what stands in its places there."""

    channel: str
    to: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of message that the product sends. `code` stands in the rows of its messages and never changes.

    `when` says what causes it. `places` are what its text may name besides what any text may. It goes out by the
    channels of `texts`, at first by those of `on`. One that `may_wait` is sent in the organization's hours. `addresses` finds
    whom an Event is told to where that is not simply the customer.
    """

    code: str
    label: Words
    when: Words
    texts: Mapping[str, Text]
    places: tuple[str, ...] = ()
    on: tuple[str, ...] = (Channel.SMS, Channel.EMAIL)
    lane: str = Lane.SOON
    may_wait: bool = False
    causes: Mapping[str, Values] = field(default_factory=dict)
    addresses: Callable[[Event, Customer], list[Address]] | None = None
    # Of one that waits: whether it is true still when it is sent.
    is_true_still: Callable[[Message], bool] | None = None
