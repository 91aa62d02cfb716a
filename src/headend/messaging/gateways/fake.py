"""Practice SMS: a carrier that sends nothing on. Its server is `headend.demo.money`; it sends no id twice."""

from headend.messaging.gateways import wire
from headend.messaging.gateways.adapter import Answer, Parcel, Target

KNOWS_OURS = True


def send(target: Target, parcel: Parcel) -> Answer:
    """Hands a message over."""
    content = wire.as_json({"id": parcel.uid, "to": parcel.to, "body": parcel.text, "sender": target.sender})
    headers = {"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"}
    url = f"{target.base_url}/v1/messages"
    answer = wire.ask(target, "POST", url, headers=headers, content=content, knows_ours=KNOWS_OURS)
    if isinstance(answer, Answer):
        return answer
    said = wire.read(answer)
    if answer.status_code in (200, 202):
        return Answer("accepted", reference=wire.reference(wire.look(said, "message_id")))
    return wire.refused(target, answer, str(wire.look(said, "error") or ""))


def credit(target: Target) -> str:
    """It costs nothing."""
    return ""
