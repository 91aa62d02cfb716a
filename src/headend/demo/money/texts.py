"""The SMS network: takes messages, each once, and shows what a phone got."""

import re
import secrets
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from headend.demo.money import refused
from headend.demo.money.refused import RefusedError

BODY_MOST: Final = 480
MESSAGES_MOST: Final = 10_000

# An alphanumeric sender of GSM has at most eleven signs; none leaves it to the network.
_SENDER: Final = re.compile(r"[A-Za-z0-9 .&_-]{0,11}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a phone got; `id` is the sender's own, `at` the UTC time in ISO 8601."""

    id: str
    body: str
    sender: str
    at: str


@dataclass(frozen=True, slots=True)
class Text:
    """A message, the network's id of it, and whose phone got it."""

    message_id: str
    phone: str
    message: Message


class Texts:
    """The SMS network's whole memory. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[str, Text] = {}

    def send(self, fields: dict[str, Any]) -> tuple[str, bool]:
        """Send a message; returns the network's id and whether it is new. Raises RefusedError."""
        own_id = refused.uid(fields.get("id"), "id_missing")
        phone = refused.phone(fields.get("to"), "to_invalid")
        body, sender = fields.get("body"), fields.get("sender", "")
        if not isinstance(body, str) or not body.strip() or len(body) > BODY_MOST:
            raise RefusedError(400, "body_invalid", f"A message has 1 to {BODY_MOST} signs.")
        if not isinstance(sender, str) or not _SENDER.fullmatch(sender):
            raise RefusedError(400, "sender_invalid", "A sender has up to 11 letters and digits.")
        with self._lock:
            if own_id in self._sent:
                return self._sent[own_id].message_id, False
            if len(self._sent) >= MESSAGES_MOST:
                del self._sent[next(iter(self._sent))]
            message = Message(own_id, body, sender, datetime.now(UTC).isoformat())
            message_id = f"sm_{secrets.token_hex(12)}"
            self._sent[own_id] = Text(message_id, phone, message)
            return message_id, True

    def got_by(self, phone: str) -> list[dict[str, Any]]:
        """The messages that a phone got, newest last."""
        with self._lock:
            return [asdict(text.message) for text in self._sent.values() if text.phone == phone]

    def all(self) -> list[Text]:
        """Every message, newest last."""
        with self._lock:
            return list(self._sent.values())
