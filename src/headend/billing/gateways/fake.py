"""The practice money network: it behaves as a real one does and moves no money. Its server is `headend.demo.money`."""

from typing import Any, Final, TypeGuard

import httpx2 as httpx

from headend.billing.gateways.adapter import Answer, Request, Target, UnclearError
from headend.billing.rules import Said
from headend.lib.exchange import exchange

# An address or a key that cannot be sent is trouble like any other: it must not stop the worker.
_TROUBLE: Final = (httpx.HTTPError, httpx.InvalidURL, ValueError)
DESCRIPTION_LONGEST: Final = 20
_STATES: Final = ("pending", "paid", "declined")
# No sum of money is larger; the database could not keep it either.
_AMOUNT_LARGEST: Final = 10**15


def prompt(target: Target, request: Request) -> Answer:
    """Asks a phone to pay."""
    body = {
        "reference": request.reference,
        "phone": request.phone,
        "amount": request.amount_minor,
        "currency": request.currency,
        "description": request.description[:DESCRIPTION_LONGEST],
        "callback_url": request.callback_url,
    }
    try:
        answer = exchange("POST", f"{target.base_url}/v1/prompts", json=body, headers=_headers(target))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return Answer("unreachable", detail=type(error).__name__)
    except _TROUBLE as error:
        return Answer("unknown", detail=type(error).__name__)
    if answer.status_code == 202:
        request_id = _object(answer).get("request_id")
        return Answer("accepted", request_id=request_id) if _is_text(request_id) else Answer("unknown")
    if answer.status_code >= 500:
        return Answer("unknown", detail=f"HTTP {answer.status_code}")
    code = _object(answer).get("error")
    return Answer("refused", detail=code if _is_text(code) else f"HTTP {answer.status_code}")


def ask(target: Target, reference: str) -> Said | None:
    """How a payment stands; None where the network does not know it. Raises UnclearError where it did not say."""
    try:
        answer = exchange("GET", f"{target.base_url}/v1/prompts/{reference}", headers=_headers(target))
    except _TROUBLE as error:
        raise UnclearError(f"the provider could not be asked: {type(error).__name__}") from None
    if answer.status_code == 404:
        return None
    if answer.status_code != 200:
        raise UnclearError(f"the provider answered HTTP {answer.status_code}")
    return read_callback(_object(answer))


def read_callback(body: Any) -> Said:
    """What a callback's JSON says. Raises UnclearError where it is none of this network's."""
    if not isinstance(body, dict) or body.get("status") not in _STATES:
        raise UnclearError("the provider's words have no status")
    texts = {
        name: body.get(name) or "" for name in ("request_id", "reference", "receipt", "currency", "phone", "reason")
    }
    amount = body.get("amount")
    if not all(_is_text(text) for text in texts.values()):
        raise UnclearError("the provider's words are no texts")
    if type(amount) is not int or not 0 <= amount <= _AMOUNT_LARGEST:
        raise UnclearError("the provider's words name no sum")
    return Said(
        status=body["status"],
        request_id=texts["request_id"][:80],
        reference=texts["reference"][:80],
        receipt_code=texts["receipt"][:40],
        amount_minor=amount,
        currency=texts["currency"][:3],
        phone=texts["phone"][:20],
        reason=texts["reason"][:40],
    )


def _is_text(value: object) -> TypeGuard[str]:
    """Whether it is a text that any database keeps: no control characters, and no halves of a pair of surrogates."""
    return isinstance(value, str) and value.isprintable()


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.key}"}


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
