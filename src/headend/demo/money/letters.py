"""The mailbox of everybody: what was handed in by SMTP, to be read in a browser."""

import base64
import re
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, Final

LETTERS_MOST: Final = 2_000
# What a browser draws; anything else stays a name.
_PICTURES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that somebody got; `at` is the UTC time in ISO 8601, the pictures of `html` are in it."""

    number: int
    to: str
    sender: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    at: str


class Letters:
    """Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: deque[Letter] = deque(maxlen=LETTERS_MOST)
        self._count = 0

    def take(self, receivers: list[str], content: bytes) -> int:
        """Puts a mail into the mailbox of each receiver, and gives back the number of the last."""
        mail = BytesParser(policy=policy.default).parsebytes(content)
        assert isinstance(mail, EmailMessage), "that is what the policy makes"
        text, html = _part(mail, "plain"), _with_pictures(_part(mail, "html"), mail)
        headers = {name: str(value) for name, value in mail.items()}
        with self._lock:
            for receiver in receivers:
                self._count += 1
                about = (headers.get("From", ""), headers.get("Subject", ""), text, html, headers)
                self._taken.append(Letter(self._count, receiver, *about, datetime.now(UTC).isoformat()))
            return self._count

    def got_by(self, address: str) -> list[dict[str, Any]]:
        """What an address got, newest last."""
        return [asdict(letter) for letter in self.all() if letter.to.casefold() == address.casefold()]

    def all(self) -> list[Letter]:
        """Every letter, newest last."""
        with self._lock:
            return list(self._taken)

    def find(self, number: str) -> Letter | None:
        """The letter of a number."""
        return next((letter for letter in self.all() if str(letter.number) == number), None)


def _part(mail: EmailMessage, subtype: str) -> str:
    found = mail.get_body((subtype,))
    return str(found.get_content()) if found is not None else ""


def _with_pictures(html: str, mail: EmailMessage) -> str:
    """The HTML with each picture that it names in the place of its name."""
    for part in mail.walk():
        name = (part.get("Content-ID") or "").strip("<>")
        if name and part.get_content_type() in _PICTURES:
            content: Any = part.get_payload(decode=True)
            data = base64.b64encode(content).decode()
            place = f"data:{part.get_content_type()};base64,{data}"
            html = re.sub(rf"cid:{re.escape(name)}(?=[\"'\s>])", place, html)
    return html
