"""What every carrier's module offers, and the plain data that it takes and gives."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

# Why a message was not taken. Staff read the text of it, `messaging.reasons.WHY`.
Reason = Literal[
    "",
    "key",
    "sender",
    "number",
    "length",
    "credit",
    "throttled",
    "page",
    "silent",
    "unreachable",
    "inside",
    "trouble",
    "refused",
    # Of a mail server.
    "login",
    "no_login",
    "from",
    "receiver",
    "relay",
    "certificate",
    "tls",
    "encryption",
    "greeting",
    "hung",
    "later",
    # What becomes of one that was taken.
    "expired",
    "undelivered",
    "blocked",
    "no_report",
]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a carrier is reached, the account and key that it knows us by, and the name that receivers see.

    `is_bounded`: never in the server's own network. `options` are what the carrier of one's own, `http`, is told besides.
    """

    base_url: str
    key: str
    sender: str
    account: str = ""
    is_bounded: bool = False
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a mail, whose HTML names it `cid:…`."""

    cid: str
    content: bytes
    # Such as `image/png`.
    mime: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over: `uid` is our id, 32 hexadecimal digits, `to` E.164 or an e-mail address. An SMS is its text alone."""

    uid: str
    to: str
    text: str
    subject: str = ""
    html: str = ""
    pictures: tuple[Picture, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    # Where the carrier shall tell what becomes of it, if it is told that with each.
    report_to: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message.

    *accepted*: on its way. *refused*: never. *again*: the carrier did not take it, or knows our own id and sends nothing twice, so
    that asking again is safe. *unknown*: it was handed over and nothing came back, so nobody may ask again. `reason` is why, and
    `detail` is what the carrier said.
    """

    outcome: Literal["accepted", "refused", "again", "unknown"]
    reference: str = ""
    reason: Reason = ""
    detail: str = ""
    # As the carrier writes it.
    cost: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What a carrier sent to the address that is its alone: by which address in full, and the form or JSON in it as it is read."""

    url: str
    said: Any
    body: bytes = b""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message, which is named as the carrier calls it, or by our id where it was told that."""

    reference: str
    outcome: Literal["sent", "delivered", "failed", "unknown"]
    reason: Reason = ""
    detail: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that somebody wrote to us; numbers are as the carrier writes them. `reference` is empty where it has none."""

    sender: str
    text: str
    receiver: str = ""
    reference: str = ""


class Reader(Protocol):
    """What the module of a carrier offers besides that tells us of messages by itself."""

    def is_genuine(self, target: Target, call: Call) -> bool:
        """Whether the carrier sent it, besides that it knows the address."""

    def reports(self, target: Target, call: Call) -> list[Report]:
        """What it says of messages."""

    def incoming(self, target: Target, call: Call) -> list[Incoming]:
        """What people wrote."""


class Adapter(Protocol):
    """What every carrier's module offers."""

    # Whether the carrier knows our own ids and sends none of them twice.
    KNOWS_OURS: bool

    def send(self, target: Target, parcel: Parcel) -> Answer:
        """Hands a message over."""

    def credit(self, target: Target) -> str:
        """What is left to send with, as the carrier writes it; empty where it does not tell."""
