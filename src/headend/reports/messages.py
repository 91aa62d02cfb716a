"""What was sent to a customer and what they wrote; and all messages of an organization, at a cost that does not grow with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from headend.customers.models import Customer
from headend.messaging.models import Message
from headend.system.models import Organization, State

# No index knows texts, states and channels: so many messages are looked through for one page.
LOOKED_THROUGH: Final = 20_000
RECEIVED: Final = "received"
# What is shown together, by the word that an address has for it.
STATES: Final[dict[str, tuple[State, ...]]] = {
    "waiting": (State.QUEUED, State.SENDING),
    "sent": (State.SENT,),
    "delivered": (State.DELIVERED,),
    "failed": (State.FAILED,),
    "unknown": (State.UNKNOWN,),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are asked for; what is empty asks for nothing in particular. `state` is one of STATES, or RECEIVED."""

    customers: Sequence[int] | None = None
    text: str = ""
    state: str = ""
    channel: str = ""

    @property
    def is_looked_for(self) -> bool:
        """Whether messages are read that are not wanted."""
        return self.customers is None and bool(self.text or self.state or self.channel)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of messages, with the names of the customers. `older` is where the next one begins, 0 at the end; `searched_to` where
    looking stopped for now.
    """

    messages: list[Message]
    names: dict[int, str]
    older: int = 0
    searched_to: datetime | None = None


def to_customer(customer: Customer) -> QuerySet[Message]:
    """What was sent to the customer and what they wrote, newest first."""
    # The customer is of the organization: asked for by themselves, their own index is used.
    rows = Message.objects.filter(customer_id=customer.pk)
    return rows.defer("body_sealed").order_by("-pk")


def page(organization: Organization, wanted: Wanted, before: int, *, size: int) -> Shown:
    """The newest `size` messages that are wanted and older than the one with the id `before`, where that is not 0."""
    if wanted.customers is None:
        rows = Message.objects.filter(organization=organization)
    else:
        # They are of the organization, as above.
        rows = Message.objects.filter(customer_id__in=wanted.customers)
    if before:
        rows = rows.filter(pk__lt=before)
    rows = rows.order_by("-pk")
    edge = None
    if wanted.is_looked_for:
        edge = next(iter(rows.values_list("pk", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH]), None)
        if edge is not None:
            rows = rows.filter(pk__gte=edge)
    found = list(_narrowed(rows, wanted).defer("body_sealed")[: size + 1])
    if len(found) > size:
        return Shown(found[:size], _names(organization, found[:size]), found[size - 1].pk)
    if edge is None:
        return Shown(found, _names(organization, found))
    searched_to = Message.objects.filter(pk=edge).values_list("created_at", flat=True).first()
    return Shown(found, _names(organization, found), edge, searched_to)


def _narrowed(rows: QuerySet[Message], wanted: Wanted) -> QuerySet[Message]:
    if wanted.state == RECEIVED:
        rows = rows.filter(is_incoming=True)
    elif wanted.state:
        rows = rows.filter(is_incoming=False, state__in=STATES[wanted.state])
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    if wanted.text:
        said = Q(shown__icontains=wanted.text) | Q(subject__icontains=wanted.text) | Q(to__icontains=wanted.text)
        rows = rows.filter(said)
    return rows


def _names(organization: Organization, messages: Sequence[Message]) -> dict[int, str]:
    pks = {message.customer_id for message in messages if message.customer_id}
    rows = Customer.objects.filter(organization=organization, pk__in=pks) if pks else ()
    return {customer.pk: customer.name for customer in rows}
