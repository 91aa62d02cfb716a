"""BulkSMS: its JSON REST API v1 (bulksms.com/developer). It is told our id and sends none twice."""

from typing import Any, Final
from urllib.parse import urlencode

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Call, Incoming, Parcel, Reason, Report, Target

KNOWS_OURS = True
_ACCEPTED = ("ACCEPTED", "SCHEDULED", "SENT", "DELIVERED")
_FAILURES: Final[dict[str, Reason]] = {"EXPIRED": "expired", "BLOCKED": "blocked", "NOT_SENT": "refused"}


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a message over."""
    fields = {
        "to": parcel.to,
        "body": parcel.text,
        "userSuppliedId": parcel.uid,
        "encoding": "TEXT",
        "deliveryReports": "ALL",
    }
    content = wire.as_json(fields | ({"from": target.sender} if target.sender else {}))
    query = urlencode({"auto-unicode": "true", "deduplication-id": str(int(parcel.uid, 16) % 2**63)})
    url = f"{target.base_url}/v1/messages?{query}"
    headers = {**_headers(target), "Content-Type": "application/json"}
    answer = wire.ask(target, "POST", url, headers=headers, content=content, knows_ours=KNOWS_OURS)
    if isinstance(answer, Answer):
        return answer
    said = wire.read(answer)
    if wire.look(said, "0.status.type") in _ACCEPTED:
        return Answer("accepted", wire.reference(wire.look(said, "0.id")), cost=wire.text(said, "0.creditCost"))
    told = str(wire.look(said, "detail") or wire.look(said, "title") or "")
    return wire.refused(target, answer, told, _reason(told))


def credit(target: Target) -> str:
    """The number of credits."""
    url = f"{target.base_url}/v1/profile"
    answer = wire.ask(target, "GET", url, headers=_headers(target), content=None, knows_ours=True)
    if isinstance(answer, Answer):
        return ""
    left = wire.look(wire.read(answer), "credits.balance")
    return f"{left:g}" if isinstance(left, int | float) else ""


def is_genuine(_target: Target, _call: Call) -> bool:
    """It signs nothing: that it knows the address is all there is."""
    return True


def reports(_target: Target, call: Call) -> list[Report]:
    """A list of messages as it was sent them, with their `status`."""
    return [_report(row) for row in wire.rows(call.said) if row.get("type") == "SENT" and wire.text(row, "id")]


def incoming(_target: Target, call: Call) -> list[Incoming]:
    """A list of messages of the type RECEIVED."""
    return [
        Incoming(wire.text(row, "from"), wire.text(row, "body"), wire.text(row, "to"), wire.text(row, "id"))
        for row in wire.rows(call.said)
        if row.get("type") == "RECEIVED" and wire.text(row, "from") and wire.text(row, "body")
    ]


def _report(row: dict[str, Any]) -> Report:
    reference, uid = wire.text(row, "id"), wire.text(row, "userSuppliedId")
    status, why = wire.text(row, "status.type"), wire.text(row, "status.subtype")
    if status == "DELIVERED":
        return Report(reference, "delivered", uid=uid)
    if status == "FAILED":
        return Report(reference, "failed", _FAILURES.get(why, "undelivered"), why or status, uid)
    return Report(
        reference, "unknown" if status == "UNKNOWN" else "sent", "no_report" if status == "UNKNOWN" else "", uid=uid
    )


def _reason(told: str) -> Reason:
    """Its refusals of one message have no codes, only words."""
    words = told.casefold()
    for reason, signs in _SIGNS:
        if any(sign in words for sign in signs):
            return reason
    return ""


_SIGNS: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    ("credit", ("credit",)),
    ("sender", ("from", "sender")),
    ("number", ("'to'", "recipient", "phone number")),
    ("length", ("too long", "length")),
)


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Basic {wire.basic(target)}", "Accept": "application/json"}
