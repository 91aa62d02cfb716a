"""What carriers tell of messages: which of them arrived, and why others did not; and what people write back.

They tell it twice, late, in any order, and before we know what they call a message. So a state only ever moves to what is
known better, and what comes too early is looked at again.
"""

import json
import re
from dataclasses import asdict, replace
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models import QuerySet

from headend.lib import clock
from headend.messaging import carriers, replies
from headend.messaging.gateways import READERS
from headend.messaging.gateways.adapter import Call, Report
from headend.messaging.models import Carrier, Lane, Message
from headend.system import jobs, waiting
from headend.system.jobs import Kind
from headend.system.models import State

LOOK_AGAIN: Final = Kind("look_again")
BODY_LARGEST_BYTES: Final = 65_536
# What came before we know what the carrier calls the message is looked at again after so long.
AGAIN_SECONDS: Final = (5, 30, 120)
# Carriers of different organizations may call different messages the same.
SAME_MOST: Final = 50
_UUID_DIGITS: Final = 32
_UNKEEPABLE: Final = re.compile("[\0\ud800-\udfff]")
# From which states each outcome leads on. What has arrived stays so.
_FROM: Final[dict[str, list[State]]] = {
    "delivered": [State.SENT, State.UNKNOWN, State.FAILED],
    "failed": [State.SENT, State.UNKNOWN],
    "sent": [State.UNKNOWN],
    "unknown": [State.SENT],
}


def read(*, url: str, body: bytes, query: str, signature: str) -> Call:
    """What a carrier sent, as JSON or as a form, in its body or in the address."""
    text = body.decode("utf-8", "replace").replace("\0", "")
    said: Any = None
    if text.lstrip()[:1] in ("{", "["):
        try:
            said = _keepable(json.loads(text))
        except (ValueError, RecursionError):
            said = None
    if said is None:
        said = dict(parse_qsl(text or query.replace("\0", ""), keep_blank_values=True))
    return Call(url, said, body, signature)


def take(*, carrier: Carrier, call: Call) -> bool:
    """Acts on what came to the address of a carrier. A repetition changes nothing. False: the carrier has not sent it."""
    reader = READERS[carrier.kind]
    _adapter, target = carriers.speak(carrier)
    if not reader.is_genuine(target, call):
        return False
    for report in reader.reports(target, call):
        believe(carrier=carrier, report=report)
    for incoming in reader.incoming(target, call):
        replies.take(carrier=carrier, incoming=incoming, call=call)
    return True


def believe(*, carrier: Carrier, report: Report, looks: int = 0) -> None:
    """Writes down what became of a message of the carrier's organization. Of one that is not known nothing is."""
    message = _find(carrier, report)
    if message is not None and message.state not in waiting.OPEN_STATES:
        _move(message, report)
    elif looks < len(AGAIN_SECONDS) and (message is not None or _is_being_handed_over(carrier)):
        # The carrier was quicker than our own writing.
        told = asdict(replace(report, detail=report.detail[: waiting.ERROR_LONGEST]))
        jobs.queue(
            LOOK_AGAIN,
            lane="soon",
            delay_seconds=AGAIN_SECONDS[looks],
            carrier_id=carrier.pk,
            told=told,
            looks=looks + 1,
        )


def look_again(*, carrier_id: int, told: dict[str, Any], looks: int) -> None:
    """The Job: a report that came before its message was known."""
    carrier = Carrier.objects.filter(pk=carrier_id).select_related("organization").first()
    if carrier is not None:
        believe(carrier=carrier, report=Report(**told), looks=looks)


def _keepable(said: Any) -> Any:
    """JSON without what no database keeps: its escapes may hold NUL, or half of an emoji that a carrier has cut in two."""
    if isinstance(said, str):
        return _UNKEEPABLE.sub("", said)
    if isinstance(said, list):
        return [_keepable(each) for each in said]
    if isinstance(said, dict):
        return {_UNKEEPABLE.sub("", name): _keepable(value) for name, value in said.items()}
    return said


def _find(carrier: Carrier, report: Report) -> Message | None:
    rows = Message.objects.filter(is_incoming=False).order_by("-pk").defer("body_sealed")
    found = None
    if report.reference:
        found = _of(carrier, rows.filter(carrier_reference=report.reference))
    if found is None and len(report.uid) == _UUID_DIGITS:
        try:
            found = _of(carrier, rows.filter(uid=UUID(report.uid)))
        except ValueError:
            return None
    return found


def _of(carrier: Carrier, rows: QuerySet[Message]) -> Message | None:
    """The newest, for carriers begin to count anew."""
    own = [
        row
        for row in rows[:SAME_MOST]
        if (row.organization_id, row.channel) == (carrier.organization_id, carrier.channel)
        # What an earlier carrier has taken, this one may call the same.
        and (row.finished_at is None or row.finished_at >= carrier.since_at)
    ]
    return own[0] if own else None


def _move(message: Message, report: Report) -> None:
    """By one statement, from the states that it may come from: of two reports at once the better one stays."""
    error = f"{report.reason}: {report.detail}" if report.reason and report.detail else report.reason
    changes: dict[str, Any] = {"state": State(report.outcome), "error": error[: waiting.ERROR_LONGEST]}
    if message.carrier_reference is None and report.reference:
        changes["carrier_reference"] = report.reference[:80]
    if report.outcome in ("delivered", "failed"):
        changes["ask_at"] = None
    rows = Message.objects.filter(pk=message.pk, state__in=_FROM[report.outcome])
    rows.update(reported_at=clock.now(), **changes)


def _is_being_handed_over(carrier: Carrier) -> bool:
    # By the index of what waits, which has no organizations in it.
    rows = waiting.still_open(Message.objects.filter(lane__in=Lane.values)).filter(state=State.SENDING)
    return (carrier.organization_id, carrier.channel) in set(rows.values_list("organization", "channel"))
