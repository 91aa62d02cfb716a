"""Twilio: Programmable Messaging (twilio-oai, api v2010). It has no ids of ours: nothing is asked twice."""

from typing import Final

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Parcel, Reason, Target

KNOWS_OURS = False
_REASONS: Final[dict[int, Reason]] = {
    **dict.fromkeys((20003, 20404), "key"),
    **dict.fromkeys((21212, 21603, 21606, 21659, 21660), "sender"),
    **dict.fromkeys((21211, 21217, 21408, 21610, 21612, 21614), "number"),
    21617: "length",
}
# A service that chooses the sender is named in its place.
_SERVICE: Final = "MG"


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a message over."""
    sender = "MessagingServiceSid" if target.sender.startswith(_SERVICE) and len(target.sender) > 30 else "From"
    content = wire.form(**{"To": parcel.to, sender: target.sender, "Body": parcel.text})
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


def _account(target: Target) -> str:
    return f"{target.base_url}/2010-04-01/Accounts/{target.account}"


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Basic {wire.basic(target)}", "Accept": "application/json"}
