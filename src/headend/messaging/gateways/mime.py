"""A mail as it travels: MIME (RFC 2045) in seven bits, with a text, the same in HTML, and the pictures in that."""

import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

from headend.lib import clock
from headend.messaging.gateways.adapter import Parcel

# Not every server takes eight bits.
_POLICY: Final = SMTP.clone(cte_type="7bit")
# What a header cannot hold: controls, line separators, halves of signs.
_HARMFUL: Final = frozenset(("Cc", "Zl", "Zp", "Cs"))


def write(parcel: Parcel, *, sender: str, name: str, reply_to: str) -> bytes:
    """The mail. The addresses were looked at; whatever else could begin a header of its own is made harmless."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(harmless(name), addr_spec=sender)
    mail["To"] = Address(addr_spec=parcel.to)
    if reply_to:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = harmless(parcel.subject)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{parcel.uid}@{sender.rpartition('@')[2]}>"
    # Nobody's holiday notice answers it (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(parcel.text)
    if parcel.html:
        mail.add_alternative(parcel.html, subtype="html")
        parts: Any = mail.get_payload()
        for picture in parcel.pictures:
            main, _slash, sub = picture.mime.partition("/")
            parts[-1].add_related(picture.content, main, sub, cid=f"<{picture.cid}>", disposition="inline")
    # The library would fold an address in a header, which some then cannot follow.
    further = "".join(f"{harmless(field)}: {harmless(value)}\r\n" for field, value in parcel.headers.items())
    return further.encode("ascii") + mail.as_bytes()


def harmless(text: str) -> str:
    """A text in one line, with nothing in it that ends a header."""
    return " ".join("".join(" " if unicodedata.category(sign) in _HARMFUL else sign for sign in text).split())
