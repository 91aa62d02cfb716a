"""What every provider's module offers, and the plain data that it takes and gives."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from headend.billing.rules import Said


@dataclass(frozen=True, slots=True)
class Target:
    """Where a provider is reached, and the key that it knows us by."""

    base_url: str
    key: str


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody is asked to pay. `reference` is ours, `amount_minor` in minor units of `currency`."""

    reference: str
    phone: str
    amount_minor: int
    currency: str
    description: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    *accepted*: the phone is being asked. *refused*: it is not, and `detail` is the code. *unreachable*: the provider never got
    it, so that asking again is safe. *unknown*: it may have got it.
    """

    outcome: Literal["accepted", "refused", "unreachable", "unknown"]
    request_id: str = ""
    detail: str = ""


class Adapter(Protocol):
    """What every provider's module offers."""

    def prompt(self, target: Target, request: Request) -> Answer:
        """Asks a phone to pay."""

    def ask(self, target: Target, reference: str) -> Said | None:
        """How a payment stands; None where the provider does not know it. Raises UnclearError where it did not say."""

    def read_callback(self, body: Any) -> Said:
        """What a callback's JSON says. Raises UnclearError where it is none of this provider's."""


class UnclearError(Exception):
    """The provider could not be asked, or its words make no sense. The message says which, and holds no secret."""
