"""What a NAS has to be told: queued in the transaction that causes it, sent by the worker, and its result kept."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from headend.lib import address, clock
from headend.network import nas as nas_verbs
from headend.network.drivers.coa import Answer, Identification, Target, disconnect
from headend.network.models import NAS, Command, CommandKind
from headend.system import engine, jobs, waiting
from headend.system.models import Organization, State
from headend.system.sealing import SealingError

TRIES: Final = 5
# Longer than a Disconnect with its repetition takes.
LEASE_SECONDS: Final = 15
# So many Commands are under way to one NAS at once; to one that has just been silent, a single one.
AT_ONCE: Final = 4
AT_ONCE_WHEN_SILENT: Final = 1
KEPT_DAYS: Final = 90
# The verb stands above: `access.sessions.close_gone`.
SESSION_GONE: Final = jobs.Kind("session_gone")
_RESULT_LONGEST: Final = 200
_QUEUE_TRIES: Final = 5


def queue(
    *,
    organization: Organization,
    nas: NAS,
    kind: CommandKind | str,
    session_id: int,
    customer_id: int | None,
    identification: dict[str, Any],
    reason: str,
) -> Command:
    """Queues a Command in the caller's transaction; while one is open for the session, gives that one back."""
    command = Command(
        organization=organization,
        nas=nas,
        kind=kind,
        session_id=session_id,
        customer_id=customer_id,
        identification=identification,
        reason=reason,
    )
    same = Command.objects.filter(session_id=session_id, kind=kind, state__in=waiting.OPEN_STATES)
    for _ in range(_QUEUE_TRIES):
        Command.objects.bulk_create([command], ignore_conflicts=True)
        # Empty where the one that was open ended between the two statements: then there is room for ours.
        found = same.first()
        if found is not None:
            return found
    raise AssertionError(f"the Command for session {session_id} could be neither queued nor found")


def claim(*, owner: str, now: datetime) -> Command | None:
    """The next Command whose NAS has room for one more, made ours; None where there is nothing to do."""
    # Nearly always there is nothing: that look must be cheap, since each thread makes it four times a second.
    if not waiting.is_anything_ready(Command, now):
        return None
    if not waiting.ready(_with_room(now), now).exists():
        return None
    with transaction.atomic():
        # Two workers that count at once would both find room for the last one.
        engine.lock_keys(["commands"])
        claimed = waiting.claim(_with_room(now), owner=owner, now=now, lease_seconds=LEASE_SECONDS)
    return claimed[0] if claimed else None


def send(command: Command) -> None:
    """Tells the NAS, waits for its answer and writes down the result. Call it outside any transaction."""
    nas = command.nas
    try:
        target = Target(nas.address, nas.coa_port, nas_verbs.open_secret(nas).encode(), nas.coa_message_authenticator)
        answer = disconnect(target, _identification(command.identification))
    except (SealingError, ValueError) as error:
        # Neither a missing key nor a broken row gets better by itself.
        waiting.fail(command, str(error), tries=0, result=_short(str(error)))
        return
    _record(command, answer)


def forget() -> int:
    """Deletes the Commands that ended more than KEPT_DAYS ago, and says how many."""
    return waiting.forget(Command.objects.all(), before=clock.now() - timedelta(days=KEPT_DAYS))


def _with_room(now: datetime) -> QuerySet[Command]:
    sending = waiting.still_open(Command.objects.all()).filter(state=State.SENDING, lease_until__gt=now)
    # Counted here: told to group, SQLite would go through an index of all that ever was.
    busy = Counter(sending.values_list("nas_id", flat=True))
    # Only a Command that got no answer waits after its first try.
    again = waiting.still_open(Command.objects.all()).filter(state=State.QUEUED, attempts__gt=0)
    silent = set(again.values_list("nas_id", flat=True))
    full = [
        nas_id for nas_id, number in busy.items() if number >= (AT_ONCE_WHEN_SILENT if nas_id in silent else AT_ONCE)
    ]
    return Command.objects.exclude(nas_id__in=full)


def _identification(kept: dict[str, Any]) -> Identification:
    return Identification(
        user_name=kept["user_name"],
        acct_session_id=kept["acct_session_id"],
        # As the NAS reported it, which may be no address at all.
        framed_address=address.parse(kept.get("framed_address") or ""),
        nas_address=address.parse(kept.get("nas_address") or ""),
    )


def _record(command: Command, answer: Answer) -> None:
    if answer.outcome == "silent":
        text = _short(f"No answer from NAS {command.nas.name}: {answer.detail}")
        # One step further than usual: a router that is busy gets two seconds before it is asked again.
        next_at = clock.now() + waiting.back_off(command.attempts + 1)
        waiting.fail(command, text, tries=TRIES, next_at=next_at, result=text)
    elif answer.outcome == "refused":
        waiting.fail(command, answer.detail, tries=0, result=_short(answer.detail))
    else:
        with transaction.atomic():
            is_ours = waiting.finish(command, result=_short(answer.detail))
            if is_ours and answer.outcome == "gone":
                jobs.queue(SESSION_GONE, organization=command.organization, session_id=command.session_id)


def _short(text: str) -> str:
    return (text[:1].upper() + text[1:])[:_RESULT_LONGEST]
