"""What every carrier's module offers, and the plain data that it takes and gives."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Target:
    """Where a carrier is reached, the key that it knows us by, and the name that receivers see."""

    base_url: str
    key: str
    sender: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message.

    *accepted*: on its way. *refused*: never, and `detail` is why. *again*: the carrier did not take it, or knows our own id and
    sends nothing twice, so that asking again is safe.
    """

    outcome: Literal["accepted", "refused", "again"]
    reference: str = ""
    detail: str = ""


class Adapter(Protocol):
    """What every carrier's module offers."""

    def send(self, target: Target, *, uid: str, to: str, body: str) -> Answer:
        """Hands a message over; `uid` is ours, `to` is E.164."""
