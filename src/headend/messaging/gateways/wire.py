"""What the adapters share: one exchange with a carrier, and what its going wrong means."""

import base64
import json
from typing import Any, Final
from urllib.parse import urlencode

import httpx2 as httpx

from headend.lib.exchange import exchange
from headend.lib.outside import InsideError
from headend.messaging.gateways.adapter import Answer, Reason, Target

# Whoever keeps it takes out what is secret first, and cuts it then.
SAID_LONGEST: Final = 4_000
REFERENCE_LONGEST: Final = 80
COST_LONGEST: Final = 40
UNAVAILABLE: Final = 503
# So many reports come at once.
ROWS_MOST: Final = 500
# Before anything was sent.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# What no carrier can be asked by.
_NO_ADDRESS: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, ValueError)
_STATUSES: Final[dict[int, Reason]] = {401: "key", 402: "credit", 403: "key", 407: "key"}


def ask(
    target: Target, method: str, url: str, *, headers: dict[str, str], content: bytes | None, knows_ours: bool
) -> httpx.Response | Answer:
    """What the carrier said, or what it means that it said nothing, threw us out, or answered with a page."""
    try:
        answer = exchange(method, url, headers=headers, content=content, is_bounded=target.is_bounded)
    except InsideError:
        return Answer("refused", reason="inside")
    except _NOT_SENT:
        return Answer("again", reason="unreachable")
    except _NO_ADDRESS as error:
        return Answer("refused", reason="unreachable", detail=type(error).__name__)
    except httpx.HTTPError:
        return Answer("again" if knows_ours else "unknown", reason="silent")
    if answer.status_code == 429:
        return Answer("again", reason="throttled")
    if answer.status_code >= 500:
        # A gateway that waited in vain may have handed the message on: 503 alone says that nothing was taken.
        is_taken = answer.status_code != UNAVAILABLE and not knows_ours
        return Answer("unknown" if is_taken else "again", reason="trouble", detail=f"HTTP {answer.status_code}")
    if answer.content.lstrip()[:1] == b"<":
        return Answer("refused", reason="page", detail=f"HTTP {answer.status_code}")
    return answer


def refused(target: Target, answer: httpx.Response, said: str = "", reason: Reason = "") -> Answer:
    """A refusal in the carrier's words; without a `reason` its status tells one."""
    reason = reason or _STATUSES.get(answer.status_code, "refused")
    return Answer("refused", reason=reason, detail=readable(target, said or answer.text))


def readable(target: Target, text: object) -> str:
    """What a carrier said, in one line, without what it must not have repeated."""
    line = " ".join(str(text).split())
    for secret in (target.key, basic(target)):
        line = line.replace(secret, "…") if secret else line
    return "".join(sign for sign in line if sign.isprintable())[:SAID_LONGEST]


def read(answer: httpx.Response) -> Any:
    """The JSON of an answer; None where it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def look(found: Any, path: str) -> Any:
    """What stands at `messages.0.id` in JSON; None where nothing does."""
    for step in path.split("."):
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            return None
    return found


def reference(value: object) -> str:
    """What the carrier calls a message, if it can be kept."""
    text = str(value) if isinstance(value, str | int) else ""
    return text[:REFERENCE_LONGEST] if text.isprintable() else ""


def rows(said: Any) -> list[dict[str, Any]]:
    """What was said of several, or of one, as rows."""
    return [row for row in (said if isinstance(said, list) else [said])[:ROWS_MOST] if isinstance(row, dict)]


def text(row: Any, path: str) -> str:
    """What stands at a place, as text; empty where nothing does."""
    found = look(row, path) if path else None
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def basic(target: Target) -> str:
    """Account and key as HTTP's Basic authentication writes them (RFC 7617)."""
    return base64.b64encode(f"{target.account}:{target.key}".encode()).decode()


def form(**fields: str) -> bytes:
    """Fields as a form sends them, without the empty ones."""
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
