"""Vouchers by the sheet: made together, printed, held until they are released, voided by the sheet."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from headend.access import credentials, happenings, plans, vouchers
from headend.access.happenings import OfSheet
from headend.access.models import Batch, Credential, Plan, Sheet, Voucher
from headend.access.rules import Code
from headend.customers import work
from headend.customers.work import Scope
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import engine, events, jobs, numbers
from headend.system.events import Happened
from headend.system.models import Organization, Staff

FILL: Final = jobs.Kind("fill_batch")
VOUCHERS_AT_MOST: Final = 100_000
# Sheets are written in one transaction.
SHEETS_AT_MOST: Final = 10_000
# A batch of at most so many is whole when `issue` returns; the worker makes a larger one.
MADE_AT_ONCE: Final = 1_000
# So many stand in one transaction, and so long others may write before the next (SQLite has one writer).
WRITTEN_AT_ONCE: Final = 25
REST_SECONDS: Final = 0.002


def issue(
    *,
    organization: Organization,
    plan: Plan,
    sheets: int,
    vouchers_per_sheet: int,
    by: Staff | None,
    note: str = "",
    valid_until: datetime | None = None,
    at_once: bool = True,
) -> Batch:
    """A batch with numbered sheets, all of them held. Up to MADE_AT_ONCE vouchers are there when it returns; a larger batch is
    filled by the worker, and a small one too that is not asked for `at_once`. Unused vouchers end at `valid_until`.

    Refuses `batch_empty`, `batch_too_large`, `plan_retired`, `plan_not_hotspot`.
    """
    if sheets < 1 or vouchers_per_sheet < 1:
        raise Refused(Code.BATCH_EMPTY, field="sheets")
    count = sheets * vouchers_per_sheet
    if count > VOUCHERS_AT_MOST or sheets > SHEETS_AT_MOST:
        raise Refused(Code.BATCH_TOO_LARGE, field="sheets", vouchers=VOUCHERS_AT_MOST, sheets=SHEETS_AT_MOST)
    vouchers.check_plan(plan)
    with transaction.atomic():
        batch = Batch.objects.create(
            organization=organization,
            plan=plan,
            plan_name=plan.name,
            number=numbers.take(organization=organization, series="batch"),
            sheets=sheets,
            vouchers_per_sheet=vouchers_per_sheet,
            note=note.strip(),
            valid_until=valid_until,
            created_by=by,
            **plans.terms_of(plan),
        )
        Sheet.objects.bulk_create(
            [Sheet(organization=organization, batch=batch, number=number + 1) for number in range(sheets)],
            batch_size=500,
        )
        issued = happenings.BATCH_ISSUED(plan=plan.name, number=batch.number, sheets=sheets, vouchers=count)
        events.record(issued, organization=organization, subject=batch, by=by)
        _queue(batch)
    if at_once and count <= MADE_AT_ONCE:
        fill(batch_id=batch.pk)
    return batch


def fill(*, batch_id: int) -> int:
    """Makes the vouchers that a batch lacks, a few in each transaction, and says how many. A repetition adds nothing."""
    batch = Batch.objects.select_related("organization").get(pk=batch_id)
    sheet_ids = list(Sheet.objects.filter(batch=batch).order_by("number").values_list("id", flat=True))
    step = max(1, WRITTEN_AT_ONCE // batch.vouchers_per_sheet)
    count = 0
    for first in range(0, len(sheet_ids), step):
        while made := _fill(batch, sheet_ids[first : first + step]):
            count += made
    return count


def go_on(*, batch: Batch) -> None:
    """Has the worker make what a batch still lacks, after its Job was given up. A second press does no harm."""
    _queue(batch)


def release(*, sheet: Sheet, by: Staff | None) -> Sheet:
    """Lets the vouchers of a sheet connect from now on. A second press does no harm. Refuses `sheet_is_void`."""
    with transaction.atomic():
        row = _lock(sheet)
        if row.voided_at is not None:
            raise Refused(Code.SHEET_IS_VOID, number=row.number)
        if row.released_at is None:
            row.released_at, row.released_by = clock.now(), by
            row.save(update_fields=["released_at", "released_by"])
            _record(row, happenings.SHEET_RELEASED(**_numbers(row)), by)
    return row


def void(*, sheet: Sheet, by: Staff | None) -> Sheet:
    """Takes a sheet back: its vouchers connect nobody, and who is connected is cut off. A second press does no harm."""
    with transaction.atomic():
        row = _lock(sheet)
        if row.voided_at is None:
            row.voided_at, row.voided_by = clock.now(), by
            row.save(update_fields=["voided_at", "voided_by"])
            _record(row, happenings.SHEET_VOIDED(**_numbers(row)), by)
            work.decide_again(Scope.SHEET, row.pk, organization=row.organization)
    return row


def check_range(*, batch: Batch, first: int, last: int) -> None:
    """Refuses `sheet_unknown` unless the batch has the sheets numbered `first` to `last`."""
    if not 1 <= first <= batch.sheets:
        raise Refused(Code.SHEET_UNKNOWN, field="first", sheets=batch.sheets)
    if not first <= last <= batch.sheets:
        raise Refused(Code.SHEET_UNKNOWN, field="last", sheets=batch.sheets)


def held(*, batch: Batch, first: int, last: int) -> QuerySet[Sheet]:
    """The sheets of a range that are neither released nor void."""
    return in_force(batch=batch, first=first, last=last).filter(released_at__isnull=True)


def in_force(*, batch: Batch, first: int, last: int) -> QuerySet[Sheet]:
    """The sheets of a range that are not void."""
    return Sheet.objects.filter(batch=batch, number__range=(first, last), voided_at__isnull=True)


def release_range(*, batch: Batch, first: int, last: int, by: Staff | None) -> int:
    """Releases what is held of the sheets `first` to `last`, and says how many. Refuses `sheet_unknown`."""
    check_range(batch=batch, first=first, last=last)
    with transaction.atomic():
        count = held(batch=batch, first=first, last=last).update(released_at=clock.now(), released_by=by)
        if count:
            _record(
                batch, happenings.BATCH_SHEETS_RELEASED(batch=batch.number, first=first, last=last, sheets=count), by
            )
    return count


def void_range(*, batch: Batch, first: int, last: int, by: Staff | None, only_held: bool = False) -> int:
    """Takes back the sheets `first` to `last`, or those of them that are held, and says how many were not void yet: their
    vouchers connect nobody, and who is connected is cut off. Refuses `sheet_unknown`.
    """
    check_range(batch=batch, first=first, last=last)
    with transaction.atomic():
        rows = (held if only_held else in_force)(batch=batch, first=first, last=last)
        count = rows.update(voided_at=clock.now(), voided_by=by)
        if count:
            _record(batch, happenings.BATCH_SHEETS_VOIDED(batch=batch.number, first=first, last=last, sheets=count), by)
            work.decide_again(Scope.BATCH, batch.pk, organization=batch.organization)
    return count


def reveal(*, sheet: Sheet, shown: Sequence[Voucher], by: Staff) -> dict[int, str]:
    """The passwords of some vouchers of a sheet in clear, by their ids; that they were shown is one Event. Raises SealingError."""
    rows = Credential.objects.filter(voucher__in=[voucher.pk for voucher in shown], voucher__sheet=sheet)
    passwords = {row.voucher_id: credentials.open_secret(row) for row in rows if row.voucher_id is not None}
    _record(sheet, happenings.SHEET_REVEALED(**_numbers(sheet), vouchers=len(passwords)), by)
    return passwords


def _queue(batch: Batch) -> None:
    key = f"{FILL}:{batch.pk}"
    jobs.queue(FILL, organization=batch.organization, lane="bulk", unique_key=key, batch_id=batch.pk)


def _fill(batch: Batch, sheet_ids: list[int]) -> int:
    """Makes at most WRITTEN_AT_ONCE of the vouchers that these sheets lack, in a transaction of their own."""
    with transaction.atomic():
        jobs.renew()
        # The worker and the page that asked may both be at it: the second counts after the first has written.
        engine.lock_keys([f"batch:{batch.pk}"])
        rows = Voucher.objects.filter(sheet__in=sheet_ids).values_list("sheet").annotate(Count("pk"))
        present = Counter(dict(rows))
        lacking = [id_ for id_ in sheet_ids for _ in range(batch.vouchers_per_sheet - present[id_])][:WRITTEN_AT_ONCE]
        if lacking:
            vouchers.write(
                organization=batch.organization,
                sheet_ids=lacking,
                plan_id=batch.plan_id,
                plan_name=batch.plan_name,
                issued_at=batch.created_at,
                valid_until=batch.valid_until,
                **plans.terms_of(batch),
            )
    if not connection.in_atomic_block:
        time.sleep(REST_SECONDS)
    return len(lacking)


def _lock(sheet: Sheet) -> Sheet:
    return (
        Sheet.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organization", "batch")
        .get(pk=sheet.pk)
    )


def _numbers(sheet: Sheet) -> OfSheet:
    return {"batch": sheet.batch.number, "number": sheet.number}


def _record(subject: Batch | Sheet, happened: Happened, by: Staff | None) -> None:
    events.record(happened, organization=subject.organization, subject=subject, by=by)
