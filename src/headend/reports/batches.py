"""Batches of printed vouchers as pages show them: how far one is made, and what became of its vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from headend.access import batches, vouchers
from headend.access.models import Batch, Plan, Sheet, Voucher
from headend.lib import clock
from headend.system import search, waiting
from headend.system.models import Job

_NUMBER_LONGEST: Final = 9


@dataclass(frozen=True, slots=True)
class Counts:
    """Vouchers by what became of them; `ended` are used up, expired or void."""

    unused: int = 0
    active: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Sheets:
    """How many sheets of a batch are in which state."""

    held: int = 0
    released: int = 0
    void: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is made. `stopped`: no Job is left that would go on."""

    made: int
    whole: int
    stopped: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is lacking."""
        return self.made >= self.whole


def found(rows: QuerySet[Batch], query: str) -> QuerySet[Batch]:
    """The batches with this number, or with these words in the note or the plan's name."""
    words = Q(pk__in=search.holding(rows, query, "note", "plan_name"))
    is_number = query.isascii() and query.isdigit() and len(query) <= _NUMBER_LONGEST
    return rows.filter(words | Q(number=int(query)) if is_number else words)


def sheets_of(shown: Sequence[Batch]) -> dict[int, Sheets]:
    """For each batch of a page, the states of its sheets: one query."""
    rows = Sheet.objects.filter(batch__in=[batch.pk for batch in shown]).values_list("batch").annotate(**_SHEETS)
    return {row[0]: Sheets(*row[1:]) for row in rows}


def by_sheet(shown: Sequence[Sheet]) -> dict[int, Counts]:
    """For each sheet of a page, what became of its vouchers: one query."""
    rows = Voucher.objects.filter(sheet__in=[sheet.pk for sheet in shown]).values_list("sheet").annotate(**_states())
    return {row[0]: Counts(*row[1:]) for row in rows}


def counts(sheets: QuerySet[Sheet]) -> Counts:
    """What became of all vouchers of some sheets."""
    return Counts(**Voucher.objects.filter(sheet__in=sheets).aggregate(**_states()))


def usable_vouchers(plans: Sequence[Plan]) -> dict[int, int]:
    """For each plan, how many of its vouchers are unused or active, on paper or sold: one query."""
    now = clock.now()
    usable = vouchers.in_state("unused", now) | vouchers.in_state("active", now)
    rows = Voucher.objects.filter(usable, plan__in=[plan.pk for plan in plans]).values_list("plan")
    return dict(rows.annotate(Count("pk")))


def progress(batch: Batch) -> Progress:
    """How far a batch is made. Sheets are filled in their order: one whose last sheet is full is not counted."""
    on_last = Voucher.objects.filter(sheet__batch=batch, sheet__number=batch.sheets).count()
    if on_last >= batch.vouchers_per_sheet:
        return Progress(batch.vouchers, batch.vouchers)
    made = Voucher.objects.filter(sheet__batch=batch).count()
    return Progress(made, batch.vouchers, stopped=not _is_being_made(batch))


def _is_being_made(batch: Batch) -> bool:
    jobs = waiting.still_open(Job.objects.filter(kind=batches.FILL))
    return any(payload["batch_id"] == batch.pk for payload in jobs.values_list("payload", flat=True))


def _states() -> dict[str, Any]:
    now = clock.now()
    of = {state: vouchers.in_state(state, now) for state in vouchers.STATES}
    return {
        "unused": Count("pk", filter=of["unused"]),
        "active": Count("pk", filter=of["active"]),
        "ended": Count("pk", filter=of["spent"] | of["expired"] | of["void"]),
    }


_VOID = Q(voided_at__isnull=False)
_SHEETS = {
    "held": Count("pk", filter=~_VOID & Q(released_at__isnull=True)),
    "released": Count("pk", filter=~_VOID & Q(released_at__isnull=False)),
    "void": Count("pk", filter=_VOID),
}
