"""The switch on one package, one voucher or one device."""

from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from headend.access import happenings
from headend.access.models import Block, Device, Subscription, Voucher
from headend.customers import customers, work
from headend.customers.models import Customer
from headend.customers.work import Scope
from headend.lib import clock
from headend.system import events
from headend.system.events import Happened
from headend.system.models import Staff

Target = Subscription | Voucher | Device

_BLOCKED: Final = {
    "subscription": happenings.SUBSCRIPTION_BLOCKED,
    "voucher": happenings.VOUCHER_BLOCKED,
    "device": happenings.DEVICE_BLOCKED,
}
_UNBLOCKED: Final = {
    "subscription": happenings.SUBSCRIPTION_UNBLOCKED,
    "voucher": happenings.VOUCHER_UNBLOCKED,
    "device": happenings.DEVICE_UNBLOCKED,
}


def block(
    *,
    subscription: Subscription | None = None,
    voucher: Voucher | None = None,
    device: Device | None = None,
    reason: str = "",
    by: Staff | None,
) -> Block:
    """Keeps a package, a voucher or a device from connecting. One that is blocked already is given back.

    Refuses `customer_is_erased`.
    """
    target = _target(subscription, voucher, device)
    if target.customer is not None:
        customers.refuse_erased(target.customer)
    with transaction.atomic():
        _lock(target)
        open_one = _open(target).first()
        if open_one is not None:
            return open_one
        made = Block.objects.create(
            organization=target.organization,
            subscription=subscription,
            voucher=voucher,
            device=device,
            reason=reason.strip(),
            started_by=by,
        )
        _record(target, _BLOCKED[_scope(target)](name=_name(target), reason=reason.strip()), by)
    return made


def lift(
    *,
    subscription: Subscription | None = None,
    voucher: Voucher | None = None,
    device: Device | None = None,
    by: Staff | None,
) -> Block | None:
    """Lets it connect again. None where nothing was blocked."""
    target = _target(subscription, voucher, device)
    with transaction.atomic():
        _lock(target)
        open_one = _open(target).first()
        if open_one is None:
            return None
        open_one.lifted_at, open_one.lifted_by = clock.now(), by
        open_one.save(update_fields=["lifted_at", "lifted_by"])
        _record(target, _UNBLOCKED[_scope(target)](name=_name(target)), by)
    return open_one


def open_of(*, customer: Customer) -> list[Block]:
    """The blocks in force on a customer's packages, vouchers and devices."""
    # Without a join: of each condition the rows are found by an index of the blocks in force.
    packages, vouchers, devices = (
        model.objects.filter(customer=customer).values("pk") for model in (Subscription, Voucher, Device)
    )
    theirs = Q(subscription__in=packages) | Q(voucher__in=vouchers) | Q(device__in=devices)
    rows = Block.objects.filter(theirs, lifted_at__isnull=True)
    return list(rows.select_related("started_by").order_by("started_at"))


def is_blocked(*, subscription: Subscription) -> bool:
    """Whether no login with this package is accepted, whatever is paid for it."""
    return _open(subscription).exists()


def _target(subscription: Subscription | None, voucher: Voucher | None, device: Device | None) -> Target:
    target = subscription or voucher or device
    assert target is not None, "a block is of a subscription, of a voucher or of a device"
    return target


def _open(target: Target) -> QuerySet[Block]:
    return Block.objects.filter(lifted_at__isnull=True, **{_scope(target): target})


def _scope(target: Target) -> str:
    if isinstance(target, Subscription):
        return "subscription"
    return "voucher" if isinstance(target, Voucher) else "device"


def _name(target: Target) -> str:
    if isinstance(target, Subscription):
        return target.plan_name
    return target.code if isinstance(target, Voucher) else target.mac


def _lock(target: Target) -> None:
    """Two presses at once wait for each other here."""
    type(target).objects.select_for_update(no_key=True).filter(pk=target.pk).first()


def _record(target: Target, happened: Happened, by: Staff | None) -> None:
    events.record(happened, organization=target.organization, subject=target, by=by, customer_id=target.customer_id)
    if isinstance(target, Voucher):
        work.decide_again(Scope.VOUCHER, target.pk, organization=target.organization)
    else:
        work.decide_again(Scope.CUSTOMER, target.customer_id, organization=target.organization)
