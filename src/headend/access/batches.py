"""Vouchers by the sheet: made together, printed, held until they are released, voided a sheet at a time."""

import time
from collections import Counter
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count

from headend.access import plans, vouchers
from headend.access.models import Batch, Plan, Sheet, Voucher
from headend.access.rules import Code
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import engine, events, jobs, numbers
from headend.system.models import Organization, Staff

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
) -> Batch:
    """A batch with numbered sheets, all of them held. Up to MADE_AT_ONCE vouchers are there when it returns; a larger batch is
    filled by the worker. Unused vouchers end at `valid_until`.

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
        payload = {"plan": plan.name, "number": batch.number, "sheets": sheets, "vouchers": count}
        events.record(organization=organization, kind="batch.issued", subject=batch, by=by, payload=payload)
        jobs.queue("fill_batch", organization=organization, lane="bulk", batch_id=batch.pk)
    if count <= MADE_AT_ONCE:
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


def release(*, sheet: Sheet, by: Staff | None) -> Sheet:
    """Lets the vouchers of a sheet connect from now on. A second press does no harm. Refuses `sheet_is_void`."""
    with transaction.atomic():
        row = _lock(sheet)
        if row.voided_at is not None:
            raise Refused(Code.SHEET_IS_VOID, number=row.number)
        if row.released_at is None:
            row.released_at, row.released_by = clock.now(), by
            row.save(update_fields=["released_at", "released_by"])
            _record(row, "sheet.released", by)
    return row


def void(*, sheet: Sheet, by: Staff | None) -> Sheet:
    """Takes a sheet back: its vouchers connect nobody, and who is connected is cut off. A second press does no harm."""
    with transaction.atomic():
        row = _lock(sheet)
        if row.voided_at is None:
            row.voided_at, row.voided_by = clock.now(), by
            row.save(update_fields=["voided_at", "voided_by"])
            _record(row, "sheet.voided", by)
            jobs.queue("enforce", organization=row.organization, scope="sheet", scope_id=row.pk)
    return row


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


def _record(sheet: Sheet, kind: str, by: Staff | None) -> None:
    payload: dict[str, Any] = {"batch": sheet.batch.number, "number": sheet.number}
    events.record(organization=sheet.organization, kind=kind, subject=sheet, by=by, payload=payload)
