"""What keeps a customer, or a whole group, from connecting: started, lifted, listed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from headend.customers import happenings, work
from headend.customers.models import Customer, Group, Suspension, SuspensionKind
from headend.customers.rules import Code
from headend.customers.work import Scope
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import events
from headend.system.events import Happened
from headend.system.models import Staff

# Whether billing goes on while somebody is suspended, where nobody says otherwise.
BILLING_CONTINUES: Final = {
    SuspensionKind.OVERDUE: True,
    SuspensionKind.ABUSE: True,
    SuspensionKind.HOLD: False,
    SuspensionKind.DISABLED: False,
}

# What happens, by whether it is the switch.
_BEGINS: Final = {
    ("customer", True): happenings.CUSTOMER_DISABLED,
    ("customer", False): happenings.CUSTOMER_SUSPENDED,
    ("group", True): happenings.GROUP_DISABLED,
    ("group", False): happenings.GROUP_SUSPENDED,
}
_ENDS: Final = {
    ("customer", True): happenings.CUSTOMER_ENABLED,
    ("customer", False): happenings.CUSTOMER_LIFTED,
    ("group", True): happenings.GROUP_ENABLED,
    ("group", False): happenings.GROUP_LIFTED,
}


def suspend(
    *,
    customer: Customer | None = None,
    group: Group | None = None,
    kind: str,
    reason: str = "",
    by: Staff | None,
    ends_at: datetime | None = None,
    billing_continues: bool | None = None,
) -> Suspension:
    """Keeps a customer or a group from connecting. One that is open already is given back: a second press does no harm.

    Refuses `suspension_ends_before` where the end is past, and `customer_is_erased`.
    """
    now = clock.now()
    if ends_at is not None and ends_at <= now:
        raise Refused(Code.SUSPENSION_ENDED, field="ends_at")
    target = _target(customer, group)
    with transaction.atomic():
        _lock(target)
        if Customer.objects.filter(pk=customer.pk if customer else 0, erased_at__isnull=False).exists():
            raise Refused(Code.CUSTOMER_IS_ERASED)
        open_one = _of(target).filter(kind=kind, lifted_at__isnull=True).first()
        if open_one is not None and not _is_over(open_one, now):
            return open_one
        if open_one is not None:
            Suspension.objects.filter(pk=open_one.pk).update(lifted_at=open_one.ends_at)
        goes_on = BILLING_CONTINUES[SuspensionKind(kind)] if billing_continues is None else billing_continues
        suspension = Suspension.objects.create(
            organization=target.organization,
            customer=customer,
            group=group,
            kind=kind,
            reason=reason.strip(),
            billing_continues=goes_on,
            started_at=now,
            started_by=by,
            ends_at=ends_at,
        )
        _record(target, _BEGINS[_scope(target), kind == SuspensionKind.DISABLED](kind=kind, reason=reason.strip()), by)
    return suspension


def lift(
    *, customer: Customer | None = None, group: Group | None = None, kind: str, by: Staff | None
) -> Suspension | None:
    """Ends the open suspension of that kind, and no other. None where nothing was open."""
    target = _target(customer, group)
    with transaction.atomic():
        _lock(target)
        suspension = _of(target).filter(kind=kind, lifted_at__isnull=True).first()
        now = clock.now()
        if suspension is None:
            return None
        if _is_over(suspension, now):
            Suspension.objects.filter(pk=suspension.pk).update(lifted_at=suspension.ends_at)
            return None
        suspension.lifted_at, suspension.lifted_by = now, by
        suspension.save(update_fields=["lifted_at", "lifted_by"])
        _record(target, _ENDS[_scope(target), kind == SuspensionKind.DISABLED](kind=kind, reason=""), by)
    return suspension


def enable_group(*, group: Group, members: Iterable[int] = (), by: Staff | None) -> tuple[Suspension | None, int]:
    """Lifts the switch of a group, and of those of `members` (ids) who stand in it and are disabled themselves.

    What was open of the group, and how many members were enabled. Suspensions of other kinds stay.
    """
    with events.operation(), transaction.atomic():
        lifted = lift(group=group, kind=SuspensionKind.DISABLED, by=by)
        wanted = set(members)
        # In the order of their ids: two who do this at once wait for each other.
        found = [row for row in disabled_in(group=group).order_by("pk") if row.pk in wanted]
        enabled = [lift(customer=row, kind=SuspensionKind.DISABLED, by=by) for row in found]
    return lifted, len([row for row in enabled if row is not None])


def disabled_in(*, group: Group) -> QuerySet[Customer]:
    """The customers of a group who are disabled themselves, by name; nobody who is deleted."""
    in_force = Suspension.objects.filter(
        organization=group.organization_id, kind=SuspensionKind.DISABLED, lifted_at__isnull=True
    ).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=clock.now()))
    rows = group.customer_set.filter(deleted_at__isnull=True, pk__in=in_force.values("customer"))
    return rows.select_related("organization").order_by("sort_key", "pk")


def open_of(*, customer: Customer | None = None, group: Group | None = None) -> list[Suspension]:
    """The suspensions in force now, oldest first."""
    now = clock.now()
    rows = (
        _of(_target(customer, group)).filter(lifted_at__isnull=True).select_related("started_by").order_by("started_at")
    )
    return [row for row in rows if not _is_over(row, now)]


def is_halted(*, customer: Customer) -> bool:
    """Whether any suspension of the customer or of the customer's group is in force now."""
    of_either = Suspension.objects.filter(Q(customer=customer) | Q(group=customer.group_id), lifted_at__isnull=True)
    return of_either.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=clock.now())).exists()


def _target(customer: Customer | None, group: Group | None) -> Customer | Group:
    target = customer or group
    assert target is not None, "a suspension is of a customer or of a group"
    return target


def _of(target: Customer | Group) -> QuerySet[Suspension]:
    if isinstance(target, Customer):
        return Suspension.objects.filter(customer=target)
    return Suspension.objects.filter(group=target)


def _lock(target: Customer | Group) -> None:
    """Two presses at once wait for each other here."""
    type(target).objects.select_for_update(no_key=True).filter(pk=target.pk).first()


def _is_over(suspension: Suspension, now: datetime) -> bool:
    return suspension.ends_at is not None and suspension.ends_at <= now


def _scope(target: Customer | Group) -> Scope:
    return Scope.CUSTOMER if isinstance(target, Customer) else Scope.GROUP


def _record(target: Customer | Group, happened: Happened, by: Staff | None) -> None:
    """The Event and the Job that makes it true for whoever is connected."""
    scope = _scope(target)
    events.record(
        happened,
        organization=target.organization,
        subject=target,
        by=by,
        customer_id=target.pk if scope == Scope.CUSTOMER else None,
    )
    work.decide_again(scope, target.pk, organization=target.organization)
