"""The switch on one package or one device."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from headend.access.models import Block, Device, Subscription
from headend.customers.models import Customer
from headend.lib import clock
from headend.system import events, jobs
from headend.system.models import Staff


def block(
    *, subscription: Subscription | None = None, device: Device | None = None, reason: str = "", by: Staff | None
) -> Block:
    """Keeps a package or a device from connecting. One that is blocked already is given back."""
    target = _target(subscription, device)
    with transaction.atomic():
        _lock(target)
        open_one = _open(target).first()
        if open_one is not None:
            return open_one
        made = Block.objects.create(
            organization=target.organization,
            subscription=subscription,
            device=device,
            reason=reason.strip(),
            started_by=by,
        )
        _record(target, "blocked", by, {"reason": reason.strip()})
    return made


def lift(*, subscription: Subscription | None = None, device: Device | None = None, by: Staff | None) -> Block | None:
    """Lets it connect again. None where nothing was blocked."""
    target = _target(subscription, device)
    with transaction.atomic():
        _lock(target)
        open_one = _open(target).first()
        if open_one is None:
            return None
        open_one.lifted_at, open_one.lifted_by = clock.now(), by
        open_one.save(update_fields=["lifted_at", "lifted_by"])
        _record(target, "unblocked", by, {})
    return open_one


def open_of(*, customer: Customer) -> list[Block]:
    """The blocks in force on a customer's packages and devices."""
    rows = Block.objects.filter(
        Q(subscription__customer=customer) | Q(device__customer=customer),
        organization=customer.organization_id,
        lifted_at__isnull=True,
    )
    return list(rows.select_related("started_by").order_by("started_at"))


def _target(subscription: Subscription | None, device: Device | None) -> Subscription | Device:
    target = subscription or device
    assert target is not None, "a block is of a subscription or of a device"
    return target


def _open(target: Subscription | Device) -> QuerySet[Block]:
    if isinstance(target, Subscription):
        return Block.objects.filter(subscription=target, lifted_at__isnull=True)
    return Block.objects.filter(device=target, lifted_at__isnull=True)


def _lock(target: Subscription | Device) -> None:
    """Two presses at once wait for each other here."""
    type(target).objects.select_for_update().filter(pk=target.pk).first()


def _record(target: Subscription | Device, what: str, by: Staff | None, payload: dict[str, Any]) -> None:
    scope = "subscription" if isinstance(target, Subscription) else "device"
    name = target.plan_name if isinstance(target, Subscription) else target.mac
    events.record(
        organization=target.organization,
        kind=f"{scope}.{what}",
        subject=target,
        by=by,
        payload={"name": name, **payload},
        customer_id=target.customer_id,
    )
    jobs.queue("enforce", organization=target.organization, scope="customer", scope_id=target.customer_id)
