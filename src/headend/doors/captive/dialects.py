"""What a NAS says of a guest whom it sends to us, and how the guest is led back to it to log in. Pure: text in, text out.

MikroTik HotSpot (RouterOS manual, *Hotspot customisation*): the router's login page hands its variables over as fields,
and takes `username`, `password` and `dst` by GET at `link-login-only`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from headend.lib import mac

CHALLENGE_BYTES: Final = 16
# Beyond these lengths a page of ours would grow too heavy for a phone on a slow line.
LOGIN_URL_LONGEST: Final = 400
ORIG_URL_LONGEST: Final = 500
ERROR_LONGEST: Final = 200
_OCTAL: Final = re.compile(r"(?:\\[0-3][0-7]{2})*")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class UnreadableError(ValueError):
    """A field is not what a NAS writes there. Its argument is the field's name."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a NAS told; all of it may be missing. `mac` is 12 digits. `login_url` is not yet known to be the NAS's own.

    `chap_id` is one byte and `chap_challenge` sixteen, or both are empty: then the NAS takes the password as it is.
    """

    nas_token: str = ""
    login_url: str = ""
    orig_url: str = ""
    mac: str = ""
    error: str = ""
    chap_id: bytes = b""
    chap_challenge: bytes = b""


def read(fields: Mapping[str, str]) -> Arrival:
    """The fields of RouterOS's login page, and our own `nas`. Raises UnreadableError."""
    chap_id = _octets(fields, "chap-id", 1)
    chap_challenge = _octets(fields, "chap-challenge", CHALLENGE_BYTES)
    if bool(chap_id) != bool(chap_challenge):
        raise UnreadableError("chap-challenge" if chap_id else "chap-id")
    return Arrival(
        nas_token=fields.get("nas", ""),
        login_url=fields.get("link-login-only", "").strip(),
        orig_url=_web_address(fields.get("link-orig", "")),
        mac=mac.parse(fields.get("mac", "")) or "",
        error=_words(fields.get("error", "")),
        chap_id=chap_id,
        chap_challenge=chap_challenge,
    )


def is_arrival(fields: Mapping[str, str]) -> bool:
    """Whether a NAS has something to do with a request: it names itself, or where it takes logins."""
    return "nas" in fields or "link-login-only" in fields


def login_address(login_url: str, *, name: str, password: str, dst: str, chap_id: bytes, chap_challenge: bytes) -> str:
    """Where a guest's browser logs in by GET, and is led to `dst` afterwards.

    With a challenge the password is its HTTP-CHAP answer: the MD5 of chap-id, password and challenge, in hexadecimal.
    """
    proof = md5(chap_id + password.encode() + chap_challenge).hexdigest() if chap_challenge else password
    login = urlencode({"username": name, "password": proof, "dst": dst}, quote_via=quote, safe="")
    parts = urlsplit(login_url)
    return parts._replace(query=f"{parts.query}&{login}" if parts.query else login, fragment="").geturl()


def host_of(url: str) -> str:
    """The host that a text seems to name, for staff to read; it is not to be trusted, and may be empty."""
    try:
        host = urlsplit(url).netloc
    except ValueError:
        host = ""
    return _words(host.rpartition("@")[2])[:100]


def _octets(fields: Mapping[str, str], name: str, length: int) -> bytes:
    r"""The bytes that RouterOS writes as octal escapes (`\371\007`), as they stand in a script; none where the field is empty."""
    text = fields.get(name, "").strip()
    if not text:
        return b""
    if len(text) != 4 * length or not _OCTAL.fullmatch(text):
        raise UnreadableError(name)
    return bytes(int(octal, 8) for octal in text.split("\\")[1:])


def _web_address(text: str) -> str:
    """An address that a link may lead to; empty for any other."""
    url = text.strip()
    if len(url) > ORIG_URL_LONGEST or _UNPRINTABLE.search(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def _words(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:ERROR_LONGEST]
