"""What a subscription or a customer is just now, derived from the rows that say why: nothing is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from headend.access.models import Subscription
from headend.customers.models import Customer, SuspensionKind
from headend.customers.rules import account_is_over
from headend.lib import clock
from headend.system.models import Organization


@dataclass(frozen=True, slots=True)
class Status:
    """A code of `ui.states.STATES`, and the time that its words name."""

    code: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Halt:
    """A suspension in force: its kind, its end where it has one, and whether it is of the whole group."""

    kind: str
    ends_at: datetime | None = None
    is_of_group: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """What a subscription used in its present period."""

    upload_bytes: int = 0
    download_bytes: int = 0
    session_seconds: int = 0

    @property
    def total_bytes(self) -> int:
        return self.upload_bytes + self.download_bytes


def of_subscription(
    subscription: Subscription, used: Used, *, blocked: bool, organization: Organization, now: datetime
) -> Status:
    """The state of one package by itself, whatever is true of its customer."""
    if subscription.ended_at is not None:
        return Status("ended", subscription.ended_at)
    if subscription.activated_at is None:
        return Status("draft")
    if blocked:
        return Status("blocked")
    if subscription.expires_at is not None and subscription.expires_at <= now:
        return Status("expired", subscription.expires_at)
    if subscription.time_limit_seconds is not None and used.session_seconds >= subscription.time_limit_seconds:
        return Status("time_used_up")
    if subscription.cap_bytes is not None and used.total_bytes >= subscription.cap_bytes:
        return Status("cap_reached")
    if subscription.expires_at is not None and _is_today(subscription.expires_at, now, organization.timezone):
        return Status("expires_today", subscription.expires_at)
    return Status("active")


def of_customer(
    customer: Customer,
    *,
    halts: Iterable[Halt],
    group_disabled: bool,
    packages: Sequence[Status],
    organization: Organization,
    now: datetime,
) -> Status:
    """The first thing that somebody should know of a customer, in the order in which access is decided."""
    if customer.deleted_at is not None:
        return Status("deleted", customer.deleted_at)
    by_kind = {halt.kind: halt for halt in halts}
    if group_disabled:
        return Status("group_disabled")
    if SuspensionKind.DISABLED in by_kind:
        return Status("disabled")
    last_day = customer.account_expires_on
    if last_day is not None and account_is_over(last_day, organization.timezone, now):
        return Status("account_expired", clock.day_end(last_day, organization.timezone))
    for kind in (SuspensionKind.OVERDUE, SuspensionKind.ABUSE):
        if kind in by_kind:
            return Status(kind.value)
    if SuspensionKind.HOLD in by_kind:
        until = by_kind[SuspensionKind.HOLD].ends_at
        return Status("hold_until", until) if until else Status("hold")
    return _best(packages)


# With several packages and vouchers the one that works best speaks for the customer.
_BEST_FIRST: Final = (
    "active",
    "expires_today",
    "has_voucher",
    "cap_reached",
    "time_used_up",
    "blocked",
    "expired",
    "draft",
    "ended",
)


def _best(packages: Sequence[Status]) -> Status:
    ranked = sorted(packages, key=lambda status: _BEST_FIRST.index(status.code))
    return ranked[0] if ranked and ranked[0].code != "ended" else Status("nothing")


def _is_today(end: datetime, now: datetime, zone: str) -> bool:
    """Whether something ends today: what ends at midnight lasts through the day before."""
    return (clock.last_day(end, zone) or clock.local_day(end, zone)) == clock.local_day(now, zone)
