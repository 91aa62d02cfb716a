"""What a broadcast would be, before it is begun: to how many, how many cannot be reached, and what it would cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from headend.customers.models import Customer
from headend.messaging import audiences, broadcasts, letters, opt_outs, writing
from headend.messaging.audiences import Audience
from headend.messaging.models import Broadcast, Channel

# So many are looked at one by one; what they come to is taken for the others too.
LOOKED_AT_MOST: Final = 10_000
_SLICE: Final = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `people` so many are not reached; what is sent is so many `parts`. Where there were too many to look at, it is `about` so."""

    people: int
    unreachable: int
    opted_out: int
    parts: int
    is_about: bool
    text: str

    @property
    def reached(self) -> int:
        """How many get it."""
        return self.people - self.unreachable - self.opted_out

    def cost_micros(self, part_price_micros: int) -> int:
        """What its SMS cost, in millionths of the currency's unit."""
        return self.parts * part_price_micros


def of(broadcast: Broadcast) -> Preview:
    """What it would be at this moment; in memory that no audience adds to."""
    letter, channel = broadcasts.letter_of(broadcast), broadcast.channel
    found = audiences.find(broadcast.organization, Audience.of(broadcast.audience))
    people = found.count()
    looked_at = unreachable = out = parts = 0
    text = ""
    for customers in _slices(found.order_by("account_number")[:LOOKED_AT_MOST].iterator(chunk_size=_SLICE)):
        looked_at += len(customers)
        places = {customer.pk: writing.place_of(customer, channel) for customer in customers}
        named = {place for place in places.values() if place}
        refusing = set() if broadcast.is_notice else opt_outs.among(broadcast.organization, channel, named)
        reached = [customer for customer in customers if places[customer.pk] and places[customer.pk] not in refusing]
        unreachable += sum(not place for place in places.values())
        out += len(customers) - len(reached) - sum(not place for place in places.values())
        text = text or next((letters.sample(letter, customer) for customer in reached), "")
        if channel == Channel.SMS:
            parts += sum(letters.parts(letter, customer) for customer in reached)
    share = people / looked_at if looked_at else 0
    return Preview(
        people, round(unreachable * share), round(out * share), round(parts * share), people > looked_at, text
    )


def _slices(rows: Iterator[Customer]) -> Iterator[list[Customer]]:
    while part := list(islice(rows, _SLICE)):
        yield part
