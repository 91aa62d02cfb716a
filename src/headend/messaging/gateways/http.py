"""A carrier of one's own: any that takes a message by one HTTP request, as an owner describes it; and the descriptions that we know.

What is described are the options `method`, `headers`, `body`, `success`, `reference` and `cost`. In headers and body, and in the address,
stand `{to}` (+254712345678), `{digits}` (254712345678), `{text}`, `{sender}`, `{account}`, `{key}`, `{basic}` (account and key as
HTTP's Basic writes them) and `{id}` (ours); each value is written as its place needs it.

Whatever else a carrier can do is described where it can: where the id and the status stand in a report that it sends (`report_reference`,
`report_status`), or how it is asked for one (`ask_url`, with `{reference}`, and `ask_status`); which statuses mean that a message was
`delivered`, or has `failed`; where number, text and id stand in what somebody wrote (`incoming_sender`, `incoming_text`,
`incoming_reference`); and how credit is asked for (`credit_url`, `credit_at`).
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Call, Incoming, Parcel, Reason, Report, Target

KNOWS_OURS = False
PLACEHOLDERS: Final = ("to", "digits", "text", "sender", "account", "key", "basic", "id")
# In an address that is asked for what became of a message, or for credit.
ASKING: Final = ("reference", "account", "key", "basic", "sender")
_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")
_SIGNS: Final[tuple[tuple[Reason, tuple[str, ...]], ...]] = (
    ("credit", ("credit", "balance", "insufficient", "top up", "top-up")),
    ("key", ("api key", "apikey", "unauthori", "authenticat", "credential", "token")),
    ("sender", ("sender", "shortcode", "short code")),
    ("length", ("too long", "length")),
    ("number", ("number", "mobile", "recipient", "msisdn")),
    ("throttled", ("too many", "rate limit")),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A carrier that we know. `needs_account`: it knows a user beside the key."""

    name: str
    base_url: str
    options: dict[str, str]
    needs_account: bool = False


# From each carrier's own page for developers.
PRESETS: Final[dict[str, Preset]] = {
    "celcom": Preset(
        "Celcom Africa",
        "https://isms.celcomafrica.com/api/services/sendsms/",
        {
            "method": "POST",
            "headers": "Content-Type: application/json",
            "body": '{"apikey": "{key}", "partnerID": "{account}", "mobile": "{digits}", "message": "{text}",'
            ' "shortcode": "{sender}", "pass_type": "plain"}',
            # It is spelled so there.
            "success": "responses.0.respose-code = 200",
            "reference": "responses.0.messageid",
        },
        needs_account=True,
    ),
    "mobitech": Preset(
        "MobiTech",
        "https://api.mobitechtechnologies.com/sms/sendsms",
        {
            "method": "POST",
            "headers": "Content-Type: application/json\nh_api_key: {key}",
            "body": '{"mobile": "{to}", "response_type": "json", "sender_name": "{sender}", "service_id": 0,'
            ' "message": "{text}"}',
            "success": "0.status_code = 1000",
            "reference": "0.message_id",
        },
    ),
    "semaphore": Preset(
        "Semaphore",
        "https://api.semaphore.co/api/v4/messages",
        {
            "method": "POST",
            "headers": "Content-Type: application/x-www-form-urlencoded",
            "body": "apikey={key}&number={digits}&message={text}&sendername={sender}",
            "success": "0.message_id",
            "reference": "0.message_id",
            "ask_url": "https://api.semaphore.co/api/v4/messages/{reference}?apikey={key}",
            "ask_status": "status",
            "failed": "Failed, Refunded",
            "credit_url": "https://api.semaphore.co/api/v4/account?apikey={key}",
            "credit_at": "credit_balance",
        },
    ),
    "hubtel": Preset(
        "Hubtel",
        "https://smsc.hubtel.com/v1/messages/send",
        {
            "method": "POST",
            "headers": "Content-Type: application/json\nAuthorization: Basic {basic}",
            "body": '{"From": "{sender}", "To": "{digits}", "Content": "{text}", "ClientReference": "{id}"}',
            "success": "status = 0",
            "reference": "messageId",
            "cost": "rate",
            "ask_url": "https://smsc.hubtel.com/v1/messages/{reference}",
            "ask_status": "status",
            "delivered": "Delivered",
            "failed": "Undelivered",
        },
        needs_account=True,
    ),
    "clickatell": Preset(
        "Clickatell",
        "https://platform.clickatell.com/messages",
        {
            "method": "POST",
            "headers": "Content-Type: application/json\nAuthorization: {key}",
            "body": '{"content": "{text}", "to": ["{digits}"], "from": "{sender}", "clientMessageId": "{id}"}',
            "success": "messages.0.accepted = true",
            "reference": "messages.0.apiMessageId",
            "report_reference": "messageId",
            "report_status": "status",
            "delivered": "RECEIVED_BY_RECIPIENT",
            "failed": "EXPIRED, ERROR_DELIVERING, DELIVERY_FAILURE, REJECTED, CANCELLED",
            "incoming_sender": "fromNumber",
            "incoming_text": "text",
            "incoming_reference": "messageId",
        },
    ),
}


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a message over."""
    options = target.options
    values = {
        "to": parcel.to,
        "digits": parcel.to.lstrip("+"),
        "text": parcel.text,
        "sender": target.sender,
        "id": parcel.uid,
        "account": target.account,
        "key": target.key,
        "basic": wire.basic(target),
    }
    headers = {name: _fill(value, values, "plain") for name, value in headers_of(options["headers"]).items()}
    kind = next((value for name, value in headers.items() if name.casefold() == "content-type"), "")
    content = _fill(options["body"], values, "json" if "json" in kind else "form").encode() or None
    url = _fill(target.base_url, values, "form")
    answer = wire.ask(target, options["method"], url, headers=headers, content=content, knows_ours=KNOWS_OURS)
    if isinstance(answer, Answer):
        return answer
    said = wire.read(answer)
    if answer.is_success and _is_good(options["success"], said, answer.text):
        reference = wire.reference(wire.look(said, options["reference"]))
        return Answer("accepted", reference, cost=wire.text(said, options.get("cost", ""))[: wire.COST_LONGEST])
    return wire.refused(target, answer, reason=_reason(answer.text) if answer.status_code not in (401, 402) else "")


def credit(target: Target) -> str:
    """As it stands at the described place."""
    if not target.options.get("credit_url"):
        return ""
    said = _asked(target, target.options["credit_url"], "")
    return "" if isinstance(said, Answer) else wire.text(said, target.options.get("credit_at", ""))[: wire.COST_LONGEST]


def can_be_asked(options: dict[str, str]) -> bool:
    """Whether it is described how to ask what became of a message."""
    return bool(options.get("ask_url") and options.get("ask_status"))


def ask(target: Target, reference: str) -> Report | Answer | None:
    """What became of a message; an Answer where the carrier did not say, None where it says nothing of this one."""
    said = _asked(target, target.options["ask_url"], reference)
    if isinstance(said, Answer):
        return said
    status = wire.text(said, target.options["ask_status"])
    return _report(target, reference, status) if status else None


def is_genuine(_target: Target, _call: Call) -> bool:
    """Who knows the address: how any other carrier signs, nobody describes."""
    return True


def reports(target: Target, call: Call) -> list[Report]:
    """What stands at the described places, of one message or of several in a list."""
    places = [target.options.get(name, "") for name in ("report_reference", "report_status")]
    found = [(wire.text(row, places[0]), wire.text(row, places[1])) for row in wire.rows(call.said)]
    return [_report(target, reference, status) for reference, status in found if reference and status]


def incoming(target: Target, call: Call) -> list[Incoming]:
    """The same of what somebody wrote."""
    places = [target.options.get(f"incoming_{name}", "") for name in ("sender", "text", "reference")]
    found = [[wire.text(row, place) for place in places] for row in wire.rows(call.said)]
    return [Incoming(sender, text, reference=reference) for sender, text, reference in found if sender and text]


def headers_of(text: str) -> dict[str, str]:
    """Lines of `Name: value`. Raises ValueError with the first that is none."""
    found = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name.strip()) or not line.isascii():
            raise ValueError(line)
        found[name.strip()] = value.strip()
    return found


def unknown_in(text: str, known: tuple[str, ...] = PLACEHOLDERS) -> str:
    """The first placeholder that does not exist; empty where there is none."""
    return next((name for name in _PLACEHOLDER.findall(text) if name not in known), "")


def _asked(target: Target, url: str, reference: str) -> Any:
    """What the carrier says at an address, as JSON: of a list of one, that one."""
    values = {
        "reference": reference,
        "account": target.account,
        "key": target.key,
        "basic": wire.basic(target),
        "sender": target.sender,
    }
    headers = {name: _fill(value, values, "plain") for name, value in headers_of(target.options["headers"]).items()}
    answer = wire.ask(target, "GET", _fill(url, values, "form"), headers=headers, content=None, knows_ours=True)
    if isinstance(answer, Answer):
        return answer
    if not answer.is_success:
        return wire.refused(target, answer)
    said = wire.read(answer)
    return said[0] if isinstance(said, list) and len(said) == 1 else said


def _report(target: Target, reference: str, status: str) -> Report:
    """What a status means: one that is described neither as delivered nor as failed says that the message is on its way."""
    for outcome in ("delivered", "failed"):
        words = [word.strip().casefold() for word in target.options.get(outcome, "").split(",")]
        if status.casefold() in words:
            failed = outcome == "failed"
            reason: Reason = ("expired" if "expired" in status.casefold() else "undelivered") if failed else ""
            return Report(
                reference,
                "failed" if failed else "delivered",
                reason,
                wire.readable(target, status) if failed else "",
                uid=reference,
            )
    return Report(reference, "sent", uid=reference)


def _fill(text: str, values: dict[str, str], place: str) -> str:
    """Puts values in, so that none of them can end the string, the field or the header that it stands in."""

    def put(found: re.Match[str]) -> str:
        value = values.get(found[1], found[0])
        if place == "json":
            return json.dumps(value)[1:-1]
        return quote(value, safe="") if place == "form" else " ".join(value.split())

    return _PLACEHOLDER.sub(put, text)


def _is_good(success: str, said: object, text: str) -> bool:
    """Nothing asked: the status is enough. `path = value`, or a path at which something stands, or a word of an answer that is no JSON."""
    path, equals, value = (part.strip() for part in success.partition("="))
    if not path:
        return True
    if said is None:
        return not equals and path.casefold() in text.casefold()
    found = wire.look(said, path)
    if not equals:
        return found not in (None, "", False)
    return (json.dumps(found) if isinstance(found, bool) else str(found)) == value


def _reason(text: str) -> Reason:
    """Each carrier has codes of its own; what they say in words is much alike."""
    words = text.casefold()
    return next((reason for reason, signs in _SIGNS if any(sign in words for sign in signs)), "")
