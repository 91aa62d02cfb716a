"""Practice SMS: a carrier that sends nothing on. Its server is `headend.demo.money`; it sends no id twice."""

from typing import Final

import httpx2 as httpx

from headend.lib.exchange import exchange
from headend.messaging.gateways.adapter import Answer, Target

# An address or a key that cannot be sent is trouble like any other: it must not stop the worker.
_TROUBLE: Final = (httpx.HTTPError, httpx.InvalidURL, ValueError)


def send(target: Target, *, uid: str, to: str, body: str) -> Answer:
    """Hands a message over."""
    try:
        answer = exchange(
            "POST",
            f"{target.base_url}/v1/messages",
            json={"id": uid, "to": to, "body": body, "sender": target.sender},
            headers={"Authorization": f"Bearer {target.key}"},
        )
    except _TROUBLE as error:
        return Answer("again", detail=type(error).__name__)
    if answer.status_code in (200, 202):
        return Answer("accepted", reference=_text(answer, "message_id"))
    if answer.status_code == 429 or answer.status_code >= 500:
        return Answer("again", detail=f"HTTP {answer.status_code}")
    return Answer("refused", detail=_text(answer, "error") or f"HTTP {answer.status_code}")


def _text(answer: httpx.Response, name: str) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    value = body.get(name) if isinstance(body, dict) else None
    return value[:80] if isinstance(value, str) and value.isprintable() else ""
