"""Africa's Talking: its bulk SMS (developers.africastalking.com, version1/messaging). It has no ids of ours: nothing is asked twice."""

from typing import Final

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Call, Incoming, Parcel, Reason, Report, Target

KNOWS_OURS = False
_ACCEPTED: Final = (100, 101, 102)
_REASONS: Final[dict[int, Reason]] = {402: "sender", 403: "number", 404: "number", 405: "credit", 406: "number"}
# What stands in the place of receivers where the whole request is refused.
_WHOLE: Final[dict[str, Reason]] = {"InvalidSenderId": "sender", "InsufficientBalance": "credit"}

_UNDER_WAY: Final = ("Sent", "Submitted", "Buffered", "Queued")
_FAILURES: Final[dict[str, Reason]] = {
    "InsufficientCredit": "credit",
    "Expired": "expired",
    **dict.fromkeys(("UserInBlackList", "DoNotDisturbRejection", "UserNotSubscribedToProduct"), "blocked"),
    **dict.fromkeys(("UserDoesNotExist", "NotNetworkSubscriber"), "number"),
}


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
            return Answer(
                "accepted", wire.reference(row.get("messageId")), cost=wire.text(row, "cost")[: wire.COST_LONGEST]
            )
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


def is_genuine(_target: Target, _call: Call) -> bool:
    """It signs nothing: that it knows the address is all there is."""
    return True


def reports(_target: Target, call: Call) -> list[Report]:
    """One form: `id`, `status`, and `failureReason` where it failed."""
    reference, status = wire.text(call.said, "id"), wire.text(call.said, "status")
    if not reference or not status:
        return []
    said = wire.text(call.said, "failureReason") or status
    if status == "Success":
        return [Report(reference, "delivered")]
    if status in _UNDER_WAY:
        return [Report(reference, "sent")]
    return [Report(reference, "failed", _FAILURES.get(said, "undelivered"), said)]


def incoming(_target: Target, call: Call) -> list[Incoming]:
    """One form: `from`, `to`, `text`, `id`."""
    sender, text = wire.text(call.said, "from"), wire.text(call.said, "text")
    return [Incoming(sender, text, wire.text(call.said, "to"), wire.text(call.said, "id"))] if sender and text else []


def _headers(target: Target) -> dict[str, str]:
    return {"apiKey": target.key, "Accept": "application/json"}
