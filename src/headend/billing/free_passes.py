"""Vouchers of plans that cost nothing: each customer, and each device, has one in the plan's time."""

from datetime import datetime
from typing import Final

from babel.dates import format_datetime, get_timezone
from django.db.models import QuerySet

from headend.access import plans
from headend.access.models import Plan, Voucher
from headend.billing.models import Purchase
from headend.billing.rules import Code
from headend.customers.models import Customer
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import engine
from headend.system.models import Organization

_CONNECTS: Final = ("unused", "active")


def refuse_again(*, customer: Customer, plan: Plan, mac: str) -> None:
    """Refuses `free_pass_had` while the time of the last one is not over; part of the transaction that makes the next one.

    It is counted from when it was had, and for as long as it runs. `mac` is the device, where one is known.
    """
    # Two presses at once: the second finds what the first has written.
    of_device = [f"free:{plan.pk}:{mac}"] if mac else []
    engine.lock_keys([f"free:{plan.pk}:customer:{customer.pk}", *of_device])
    until = [_until(row) for row in (_last(_of_customer(customer, plan)), _last(_of_device(plan, mac))) if row]
    if until and max(until) > clock.now():
        raise Refused(
            Code.FREE_PASS_HAD, field="plan", plan=plan.name, again=_in_words(max(until), customer.organization)
        )


def running(*, customer: Customer, plan: Plan, mac: str) -> Purchase | None:
    """The free voucher of a plan that this customer has on this device, while it connects."""
    last = _last(_of_customer(customer, plan).filter(mac=mac))
    return last if last is not None and _voucher(last).state_at(clock.now()) in _CONNECTS else None


def valid_until(*, plan: Plan, organization: Organization) -> datetime:
    """To when one that is had now has to be used: from then on the next one can be had."""
    return plans.end_of(plan, clock.now(), organization.timezone)


def _of_customer(customer: Customer, plan: Plan) -> QuerySet[Purchase]:
    return Purchase.objects.filter(customer=customer, plan=plan, price_minor=0)


def _of_device(plan: Plan, mac: str) -> QuerySet[Purchase]:
    # In the words of its index, which leaves purchases without a device out.
    return Purchase.objects.filter(plan=plan, mac=mac, price_minor=0).exclude(mac="")


def _last(rows: QuerySet[Purchase]) -> Purchase | None:
    return rows.filter(voucher__isnull=False).select_related("voucher__sheet", "organization").order_by("-pk").first()


def _until(purchase: Purchase) -> datetime:
    voucher = _voucher(purchase)
    had_until = plans.end_of(voucher, voucher.issued_at, purchase.organization.timezone)
    return max(had_until, voucher.expires_at or had_until)


def _voucher(purchase: Purchase) -> Voucher:
    assert purchase.voucher is not None, "only those that brought one were asked for"
    return purchase.voucher


def _in_words(instant: datetime, organization: Organization) -> str:
    # Plain English has American dates; operators of our countries write the day first.
    language = "en_GB" if organization.language == "en" else organization.language
    return str(format_datetime(instant, "d MMM HH:mm", tzinfo=get_timezone(organization.timezone), locale=language))
