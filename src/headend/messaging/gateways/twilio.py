"""Twilio: Programmable Messaging (twilio-oai, api v2010). It has no ids of ours: nothing is asked twice."""

import hmac
from base64 import b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qs, urlsplit

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Call, Incoming, Parcel, Reason, Report, Target

KNOWS_OURS = False
_REASONS: Final[dict[int, Reason]] = {
    **dict.fromkeys((20003, 20404), "key"),
    **dict.fromkeys((21212, 21603, 21606, 21659, 21660), "sender"),
    **dict.fromkeys((21211, 21217, 21408, 21610, 21612, 21614), "number"),
    21617: "length",
}
_INCOMING: Final = ("received", "receiving")
_FAILURES: Final[dict[str, Reason]] = {
    **dict.fromkeys(("30004", "30007", "21610"), "blocked"),
    **dict.fromkeys(("30005", "30006"), "number"),
    "30010": "credit",
}
# A service that chooses the sender is named in its place.
_SERVICE: Final = "MG"


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a message over."""
    sender = "MessagingServiceSid" if target.sender.startswith(_SERVICE) and len(target.sender) > 30 else "From"
    content = wire.form(
        **{"To": parcel.to, sender: target.sender, "Body": parcel.text, "StatusCallback": parcel.report_to}
    )
    headers = {**_headers(target), "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{_account(target)}/Messages.json"
    answer = wire.ask(target, "POST", url, headers=headers, content=content, knows_ours=KNOWS_OURS)
    if isinstance(answer, Answer):
        return answer
    said = wire.read(answer)
    if answer.status_code in (200, 201) and wire.look(said, "sid"):
        return Answer("accepted", reference=wire.reference(wire.look(said, "sid")))
    code = wire.look(said, "code")
    reason = _REASONS.get(code, "") if isinstance(code, int) else ""
    return wire.refused(target, answer, str(wire.look(said, "message") or ""), reason)


def credit(target: Target) -> str:
    """Such as `12.34 USD`."""
    url = f"{_account(target)}/Balance.json"
    answer = wire.ask(target, "GET", url, headers=_headers(target), content=None, knows_ours=True)
    if isinstance(answer, Answer):
        return ""
    said = wire.read(answer)
    parts = [wire.reference(wire.look(said, name)) for name in ("balance", "currency")]
    return " ".join(parts) if all(parts) else ""


def is_genuine(target: Target, call: Call) -> bool:
    """Signed with our token: the address and, sorted, each field of the form. Of JSON the address holds a digest of the body."""
    digest = parse_qs(urlsplit(call.url).query).get("bodySHA256")
    if digest is not None:
        fields = ""
        if not compare_digest(digest[0].casefold().encode(), sha256(call.body).hexdigest().encode()):
            return False
    else:
        fields = (
            "".join(f"{name}{call.said[name]}" for name in sorted(call.said)) if isinstance(call.said, dict) else ""
        )
    return any(
        compare_digest(signature(target.key, f"{url}{fields}").encode(), call.signature.encode())
        for url in _spellings(call.url)
    )


def signature(key: str, signed: str) -> str:
    """HMAC-SHA1 in base64, as `X-Twilio-Signature` has it (twilio-python, request_validator.py)."""
    return b64encode(hmac.digest(key.encode(), signed.encode(), "sha1")).decode()


def reports(_target: Target, call: Call) -> list[Report]:
    """One form: `MessageSid`, `MessageStatus`, and `ErrorCode` where it failed."""
    reference, status = wire.text(call.said, "MessageSid"), wire.text(call.said, "MessageStatus")
    if not reference or status in ("", *_INCOMING):
        return []
    if status in ("delivered", "read"):
        return [Report(reference, "delivered")]
    if status in ("undelivered", "failed", "canceled"):
        code = wire.text(call.said, "ErrorCode")
        said = f"{status} {code}".strip()
        return [Report(reference, "failed", _FAILURES.get(code, "undelivered"), said)]
    if status == "partially_delivered":
        return [Report(reference, "unknown", "no_report", status)]
    return [Report(reference, "sent")]


def incoming(_target: Target, call: Call) -> list[Incoming]:
    """One form: `From`, `To`, `Body`, `MessageSid`."""
    if wire.text(call.said, "MessageStatus") not in ("", *_INCOMING) or not isinstance(call.said, dict):
        return []
    sender, text, receiver = (wire.text(call.said, name) for name in ("From", "Body", "To"))
    return [Incoming(sender, text, receiver, wire.text(call.said, "MessageSid"))] if sender and text else []


def _spellings(url: str) -> list[str]:
    """With and without the port that goes without saying: Twilio has signed either."""
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.hostname or "").geturl()
    port = "443" if parts.scheme == "https" else "80"
    return [url, bare, parts._replace(netloc=f"{parts.hostname}:{port}").geturl()]


def _account(target: Target) -> str:
    return f"{target.base_url}/2010-04-01/Accounts/{target.account}"


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Basic {wire.basic(target)}", "Accept": "application/json"}
