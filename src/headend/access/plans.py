"""What is sold."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from headend.access import happenings
from headend.access.models import ConnectionType, Plan, Terms, ValidityUnit
from headend.access.rules import Code
from headend.lib import clock, ids, periods
from headend.lib.refused import Refused
from headend.system import engine, events, lengths
from headend.system.events import Happened
from headend.system.models import Organization, Staff

# A hundred years: longer ones end after the last day of the calendar.
LONGEST: Final = {"minutes": 52_560_000, "hours": 876_000, "days": 36_500, "months": 1_200}
_TERMS: Final = tuple(field.name for field in Terms._meta.get_fields())  # noqa: SLF001 - Django's documented way to a model's fields
_COUNTS: Final = ("download_kbps", "upload_kbps", "cap_bytes", "time_limit_seconds", "idle_timeout_seconds")


def add(
    *,
    organization: Organization,
    by: Staff | None,
    name: str,
    connection_type: str,
    price_minor: int,
    download_kbps: int | None,
    upload_kbps: int | None,
    validity_count: int,
    validity_unit: str,
    cap_bytes: int | None = None,
    time_limit_seconds: int | None = None,
    simultaneous_use: int = 1,
    idle_timeout_seconds: int | None = None,
) -> Plan:
    """A new plan. Null speeds, cap and time are *Unlimited*. Refuses `plan_incomplete`, `text_long` and `plan_name_taken`."""
    with transaction.atomic():
        plan = Plan(
            organization=organization,
            connection_type=connection_type,
            price_minor=price_minor,
            download_kbps=download_kbps,
            upload_kbps=upload_kbps,
            validity_count=validity_count,
            validity_unit=validity_unit,
            cap_bytes=cap_bytes,
            time_limit_seconds=time_limit_seconds,
            simultaneous_use=simultaneous_use,
            idle_timeout_seconds=idle_timeout_seconds,
        )
        _check(plan, name)
        plan.save()
        _record(plan, happenings.PLAN_ADDED(name=plan.name, price_minor=plan.price_minor), by)
    return plan


def edit(*, plan: Plan, by: Staff | None, **new: Any) -> Plan:
    """Changes what is sold from now on; nothing already sold. Refuses `plan_incomplete`, `text_long` and `plan_name_taken`."""
    with transaction.atomic():
        # Read again under a lock: the caller's copy may be old, and nothing but the given fields may change.
        plan.refresh_from_db(from_queryset=Plan.objects.select_for_update(no_key=True))
        changed = events.changes(plan, new)
        for field, value in new.items():
            setattr(plan, field, value)
        _check(plan, plan.name)
        if changed:
            plan.save(update_fields=[*new, "name_key"])
            _record(plan, happenings.PLAN_EDITED(changed=changed), by)
    return plan


def retire(*, plan: Plan, by: Staff | None) -> None:
    """Stops selling a plan; who has it keeps it. A second press does no harm."""
    with transaction.atomic():
        if Plan.objects.filter(pk=plan.pk, retired_at__isnull=True).update(retired_at=clock.now()):
            _record(plan, happenings.PLAN_RETIRED(), by)


def restore(*, plan: Plan, by: Staff | None) -> None:
    """Sells a retired plan again."""
    with transaction.atomic():
        if Plan.objects.filter(pk=plan.pk, retired_at__isnull=False).update(retired_at=None):
            _record(plan, happenings.PLAN_RESTORED(), by)


def terms_of(sold: Terms) -> dict[str, Any]:
    """The terms of a plan, or of what keeps a copy of them, to copy them on."""
    return {name: getattr(sold, name) for name in _TERMS}


def end_of(sold: Terms, start: datetime, zone: str, *, times: int = 1) -> datetime:
    """When `times` validities that begin at `start` are over; days and months are those of `zone`."""
    unit = next(unit for unit in periods.UNITS if unit == sold.validity_unit)
    return periods.add(start, sold.validity_count * times, unit, zone)


def _check(plan: Plan, name: str) -> None:
    plan.name, plan.name_key = name.strip(), ids.name_key(name)
    counts = [getattr(plan, field) for field in _COUNTS]
    complete = (
        plan.name
        and plan.price_minor is not None
        and plan.price_minor >= 0
        and plan.validity_count
        and plan.validity_unit in ValidityUnit.values
        and 0 < plan.validity_count <= LONGEST[plan.validity_unit]
        and plan.connection_type in ConnectionType.values
        and plan.simultaneous_use >= 1
        and all(count is None or count > 0 for count in counts)
    )
    if not complete:
        raise Refused(Code.PLAN_INCOMPLETE)
    lengths.refuse_long(plan)
    # Two who take one name at once: the second looks after the first has written.
    engine.lock_keys([f"plans:{plan.organization_id}"])
    if Plan.objects.filter(organization=plan.organization_id, name_key=plan.name_key).exclude(pk=plan.pk).exists():
        raise Refused(Code.PLAN_NAME_TAKEN, field="name", name=plan.name)


def _record(plan: Plan, happened: Happened, by: Staff | None) -> None:
    events.record(happened, organization=plan.organization, subject=plan, by=by)
