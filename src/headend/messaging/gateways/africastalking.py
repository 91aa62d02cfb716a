"""Africa's Talking: its bulk SMS (developers.africastalking.com, version1/messaging). It has no ids of ours: nothing is asked twice."""

from typing import Final

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Parcel, Reason, Target

KNOWS_OURS = False
_ACCEPTED: Final = (100, 101, 102)
_REASONS: Final[dict[int, Reason]] = {402: "sender", 403: "number", 404: "number", 405: "credit", 406: "number"}
# What stands in the place of receivers where the whole request is refused.
_WHOLE: Final[dict[str, Reason]] = {"InvalidSenderId": "sender", "InsufficientBalance": "credit"}


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a message over."""
    fields = {"username": target.account, "to": parcel.to, "message": parcel.text, "from": target.sender}
    content = wire.form(**fields, enqueue="1")
    headers = {**_headers(target), "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{target.base_url}/version1/messaging"
    answer = wire.ask(target, "POST", url, headers=headers, content=content, knows_ours=KNOWS_OURS)
    if isinstance(answer, Answer):
        return answer
    said = wire.read(answer)
    row = wire.look(said, "SMSMessageData.Recipients.0")
    if isinstance(row, dict):
        code = row.get("statusCode")
        if code in _ACCEPTED:
            return Answer("accepted", reference=wire.reference(row.get("messageId")))
        return wire.refused(
            target, answer, str(row.get("status", "")), _REASONS.get(code, "") if isinstance(code, int) else ""
        )
    whole = str(wire.look(said, "SMSMessageData.Message") or "")
    return wire.refused(target, answer, whole, _WHOLE.get(whole, ""))


def credit(target: Target) -> str:
    """Such as `KES 100.00`."""
    url = f"{target.base_url}/version1/user?{wire.form(username=target.account).decode()}"
    answer = wire.ask(target, "GET", url, headers=_headers(target), content=None, knows_ours=True)
    return "" if isinstance(answer, Answer) else wire.reference(wire.look(wire.read(answer), "UserData.balance"))


def _headers(target: Target) -> dict[str, str]:
    return {"apiKey": target.key, "Accept": "application/json"}
