"""Rows that wait to be carried out (`Waiting`): claimed by one worker, then finished, or tried again later.

A row that is *sending* belongs to `owner` until `lease_until`. A worker that died leaves its row to the next one.
"""

import random
import time
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from headend.lib import clock
from headend.system import engine
from headend.system.models import State, Waiting

BACKOFF_FIRST_SECONDS: Final = 1.0
BACKOFF_LONGEST_SECONDS: Final = 300.0
ERROR_LONGEST: Final = 500
# Other writers get their turn between the slices.
FORGET_SLICE: Final = 50
FORGET_REST_SECONDS: Final = 0.002

OPEN_STATES: Final = (State.QUEUED, State.SENDING)
LEASE_RAN_OUT: Final = "The worker stopped in the middle: what became of it is not known."

W = TypeVar("W", bound=Waiting)


def ready(rows: QuerySet[W], now: datetime) -> QuerySet[W]:
    """Those of `rows` that may be claimed: their time has come, or their lease ran out."""
    return still_open(rows).filter(
        Q(state=State.QUEUED, next_at__lte=now) | Q(state=State.SENDING, lease_until__lte=now)
    )


def still_open(rows: QuerySet[W]) -> QuerySet[W]:
    """Those of `rows` that wait or are under way, by the index of these: what has ended is not looked at."""
    # SQLite uses a partial index only where the text of its condition stands in the query.
    table = rows.model._meta.db_table  # noqa: SLF001 - Django's documented way to a model's table
    return rows.extra(where=[f"{table}.state IN ('queued', 'sending')"])  # noqa: S610 - the name is ours


def is_anything_ready(model: type[Waiting], now: datetime, *, lane: str = "") -> bool:
    """Whether there is a row to claim, of one `lane` where the model has lanes.

    A plain statement: ten threads ask four times a second, and the ORM would spend more on asking than the database.
    """
    where, parameters = ("AND lane = %s", [lane]) if lane else ("", [])
    statement = _ANYTHING.format(table=model._meta.db_table, lane=where)  # noqa: SLF001 - Django's documented way to a model's table
    instant = engine.instant(now)
    return bool(engine.rows(statement, [instant, instant, *parameters]))


_ANYTHING: Final = """
SELECT 1 FROM {table} WHERE state IN ('queued', 'sending')
AND ((state = 'queued' AND next_at <= %s) OR (state = 'sending' AND lease_until <= %s)) {lane} LIMIT 1
"""


def claim(
    rows: QuerySet[W], *, owner: str, now: datetime, lease_seconds: float, limit: int = 1, may_repeat: bool = True
) -> list[W]:
    """Makes at most `limit` of the ready `rows` ours and returns them, the longest waiting first.

    A row whose lease ran out is claimed again where it `may_repeat`; else it becomes *unknown* and is not returned.
    `owner` names one thread of one worker: nobody else may use it.
    """
    # A plain look first: on SQLite a transaction would make every other writer wait, for nothing.
    pks = list(ready(rows, now).order_by("next_at", "pk").values_list("pk", flat=True)[:limit])
    if not pks:
        return []
    manager = rows.model._default_manager  # noqa: SLF001 - Django's documented way to a model's manager
    with transaction.atomic():
        # PostgreSQL skips what another worker is claiming at this moment. On SQLite nobody else can.
        still_ready = ready(manager.filter(pk__in=pks), now).select_for_update(skip_locked=True)
        found = list(still_ready.order_by("next_at", "pk"))
        lost = [row for row in found if row.state == State.SENDING and not may_repeat]
        ours = [row for row in found if row not in lost]
        manager.filter(pk__in=[row.pk for row in lost]).update(
            state=State.UNKNOWN, lease_until=None, finished_at=now, error=LEASE_RAN_OUT
        )
        for row in ours:
            row.state, row.owner, row.attempts = State.SENDING, owner, row.attempts + 1
            row.lease_until = now + timedelta(seconds=lease_seconds)
            row.save(update_fields=["state", "owner", "attempts", "lease_until"])
    return ours


def finish(row: Waiting, *, state: State = State.DELIVERED, **changes: Any) -> bool:
    """Marks a claimed row as carried out. False: it is not ours any more, and nothing was written."""
    return _write(row, state=state, lease_until=None, finished_at=clock.now(), **{"error": "", **changes})


def fail(row: Waiting, error: str, *, tries: int, next_at: datetime | None = None, **changes: Any) -> bool:
    """Writes down why a claimed row failed: it waits again, or has *failed* for good when it had its `tries`.

    It waits until `next_at`, or by `back_off`. False: it is not ours any more, and nothing was written.
    """
    now = clock.now()
    error = error[:ERROR_LONGEST]
    if row.attempts >= tries:
        return _write(row, state=State.FAILED, lease_until=None, finished_at=now, error=error, **changes)
    again_at = next_at or now + back_off(row.attempts)
    return _write(row, state=State.QUEUED, owner="", lease_until=None, next_at=again_at, error=error, **changes)


def renew(row: Waiting, *, lease_seconds: float) -> bool:
    """Prolongs the lease of a claimed row. False: somebody else has it now, so stop."""
    return _write(row, lease_until=clock.now() + timedelta(seconds=lease_seconds))


def forget(rows: QuerySet[W], *, before: datetime) -> int:
    """Deletes those of `rows` that ended before the given instant, in small slices, and says how many."""
    count = 0
    ended = rows.filter(finished_at__lt=before)
    while pks := list(ended.order_by("finished_at").values_list("pk", flat=True)[:FORGET_SLICE]):
        rows.filter(pk__in=pks).delete()
        count += len(pks)
        time.sleep(FORGET_REST_SECONDS)
    return count


def back_off(attempts: int) -> timedelta:
    """How long to wait after the given number of tries: 1 s, doubled each time, at most 5 minutes, and up to half more."""
    seconds = min(BACKOFF_FIRST_SECONDS * 2 ** min(max(0, attempts - 1), 30), BACKOFF_LONGEST_SECONDS)
    # Rows that failed together must not all come back together.
    return timedelta(seconds=seconds * random.uniform(1.0, 1.5))


def _write(row: Waiting, **changes: Any) -> bool:
    """Changes a row only while it is ours, and the object in hand with it."""
    ours = type(row)._default_manager.filter(pk=row.pk, state=State.SENDING, owner=row.owner)  # noqa: SLF001 - as above
    if not ours.update(**changes):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True
