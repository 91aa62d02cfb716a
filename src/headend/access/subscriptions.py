"""Customers' running plans: made, activated, renewed, ended."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from headend.access import credentials, happenings, periods, plans
from headend.access.credentials import Lost
from headend.access.models import Plan, Subscription, UsagePeriod
from headend.access.rules import Code
from headend.customers import customers, work
from headend.customers.models import Customer
from headend.customers.work import Scope
from headend.lib import address, clock, ids
from headend.lib.refused import Refused
from headend.system import engine, events
from headend.system.events import Happened
from headend.system.models import Staff

_TRIED_AT_ONCE: Final = 16
_TRIED_AT_MOST: Final = 1024
_NOT_TYPED: Final = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Renewal:
    """A period that is added: from when to when, and what its end is counted from."""

    starts_at: datetime
    ends_at: datetime
    anchor_at: datetime
    anchor_periods: int


def create(
    *,
    customer: Customer,
    plan: Plan,
    username: str,
    password: str = "",
    by: Staff | None,
    framed_address: str = "",
) -> Subscription:
    """A draft with a copy of the plan's terms, and the name it connects by. It cannot connect until it is activated.

    Refuses `customer_is_deleted`, `plan_retired`, `framed_address_missing`, `framed_address_invalid`,
    `framed_address_taken`, and what `credentials.issue` refuses.
    """
    customers.refuse_deleted(customer)
    if plan.retired_at is not None:
        raise Refused(Code.PLAN_RETIRED, field="plan", plan=plan.name)
    with transaction.atomic():
        # A name that a deleted customer still has is given away: nobody is undeleted meanwhile.
        customers.lock(organization_id=customer.organization_id)
        subscription = Subscription(
            organization=customer.organization,
            customer=customer,
            plan=plan,
            plan_name=plan.name,
            **plans.terms_of(plan),
        )
        subscription.framed_address = _check_address(subscription, framed_address)
        subscription.save()
        UsagePeriod.objects.create(subscription=subscription, started_at=subscription.renewed_at)
        credential = credentials.issue(subscription=subscription, name=username, password=password)
        _record(subscription, happenings.SUBSCRIPTION_CREATED(plan=plan.name, username=credential.name), by)
    return subscription


def activate(*, subscription: Subscription, by: Staff | None) -> Subscription:
    """Lets a draft connect, or renews: one more period, from the end of what was paid so far, or from now where that is over.

    Each period has its own cap and time limit, and begins by itself when its time has come. Where those of the running period
    are used up, the next begins at once: who pays then wants to be online now. Refuses `subscription_ended`.
    """
    now = clock.now()
    with transaction.atomic():
        row = _locked(subscription)
        first = row.activated_at is None
        renewal = next_of(subscription=row, now=now)
        row.activated_at = row.activated_at or now
        row.expires_at, row.renewed_at = renewal.ends_at, now
        row.anchor_at, row.anchor_periods = renewal.anchor_at, renewal.anchor_periods
        row.save(update_fields=["activated_at", "expires_at", "renewed_at", "anchor_at", "anchor_periods"])
        UsagePeriod.objects.update_or_create(
            subscription=row, started_at=renewal.starts_at, defaults={"ends_at": renewal.ends_at}
        )
        if renewal.starts_at > now:
            _begin_if_used_up(row, now)
        happening = happenings.SUBSCRIPTION_ACTIVATED if first else happenings.SUBSCRIPTION_RENEWED
        _record(row, happening(plan=row.plan_name, expires_at=renewal.ends_at.isoformat()), by)
    return row


def next_of(*, subscription: Subscription, now: datetime) -> Renewal:
    """The period that a renewal at `now` would add. A renewal in time keeps the anchor, a late one begins another."""
    starts_at, anchor_at, times = subscription.expires_at, subscription.anchor_at, subscription.anchor_periods + 1
    if starts_at is None or anchor_at is None or starts_at < now:
        starts_at, anchor_at, times = now, now, 1
    ends_at = plans.end_of(subscription, anchor_at, subscription.organization.timezone, times=times)
    return Renewal(starts_at, ends_at, anchor_at, times)


def begins_at_once(*, subscription: Subscription, now: datetime) -> bool:
    """Whether a renewal at `now` begins the next period while another one runs: its data or time is used up. One query."""
    if subscription.expires_at is None or subscription.expires_at <= now:
        return False
    present = periods.of(subscription_ids=[subscription.pk], now=now)[subscription.pk][0]
    return periods.is_used_up(subscription=subscription, period=present)


def begin_next(*, subscription: Subscription, period_id: int, by: Staff | None) -> Subscription:
    """Begins the next period that was paid ahead now instead of later: what is left of the running one is given up.

    Its end stays, and so do the periods after it. A second press does no harm. Refuses `subscription_ended`, and
    `period_not_next` where another one comes first.
    """
    now = clock.now()
    with transaction.atomic():
        row = _locked(subscription)
        own = UsagePeriod.objects.filter(subscription=row)
        if own.filter(pk=period_id, started_at__lte=now).exists():
            return row
        ahead = own.filter(started_at__gt=now).order_by("started_at").first()
        if ahead is None or ahead.pk != period_id:
            raise Refused(Code.PERIOD_NOT_NEXT)
        _begin(row, ahead, now)
        assert ahead.ends_at is not None, "what was paid for has an end"
        begun = happenings.SUBSCRIPTION_PERIOD_BEGUN(plan=row.plan_name, ends_at=ahead.ends_at.isoformat())
        _record(row, begun, by)
    return row


def end(*, subscription: Subscription, by: Staff | None) -> None:
    """Ends a subscription for good and frees its name. A second press does no harm."""
    with transaction.atomic():
        if Subscription.objects.filter(pk=subscription.pk, ended_at__isnull=True).update(ended_at=clock.now()):
            credentials.end(subscription=subscription)
            _record(subscription, happenings.SUBSCRIPTION_ENDED(plan=subscription.plan_name), by)


def complete(
    *, subscription: Subscription, username: str = "", password: str = "", framed_address: str = "", by: Staff | None
) -> Subscription:
    """Gives a package the name or the address that it lacks, since somebody else has what it had. What it has stays.

    Refuses `subscription_ended`, and what `create` refuses of both.
    """
    with transaction.atomic():
        customers.lock(organization_id=subscription.organization_id)
        row = (
            Subscription.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organization", "customer")
            .get(pk=subscription.pk)
        )
        if row.ended_at is not None:
            raise Refused(Code.SUBSCRIPTION_ENDED)
        given = {}
        if not row.framed_address:
            row.framed_address = given["address"] = _check_address(row, framed_address)
            row.save(update_fields=["framed_address"])
        if not row.credential_set.filter(ended_at__isnull=True).exists():
            given["username"] = credentials.issue(subscription=row, name=username, password=password).name
        if any(given.values()):
            completed = happenings.SUBSCRIPTION_COMPLETED(plan=row.plan_name, given=sorted(given), **given)
            _record(row, completed, by)
    return row


def release(*, customer: Customer) -> None:
    """Frees the fixed addresses of somebody who is deleted; part of the caller's transaction, as `take_back` is.

    Names are free without it: whoever is given one takes it from a deleted customer.
    """
    held = Subscription.objects.filter(customer=customer, ended_at__isnull=True).exclude(framed_address="")
    held.update(released_address=F("framed_address"), framed_address="")


def take_back(*, customer: Customer) -> list[Lost]:
    """Gives somebody who is undeleted names and addresses back. What others have by now comes back empty, and is returned."""
    lost: list[Lost] = []
    rows = Subscription.objects.filter(customer=customer, ended_at__isnull=True).select_related("organization")
    for subscription in rows.order_by("pk"):
        lost += filter(None, (credentials.take_back(subscription=subscription), _take_address(subscription)))
    return lost


def suggest_username(*, customer: Customer) -> str:
    """A free user name made of the customer's first name and surname, else the phone, else the account number."""
    person = _typed_words(f"{customer.first_name} {customer.last_name}")
    # Of three names the last is the surname; of a company's the first two tell most.
    words = [*person[:1], *person[1:][-1:]] or _typed_words(customer.company)[:2]
    stem = ".".join(words) or customer.phone.lstrip("+") or customer.account_number.lower()
    first, many = 1, _TRIED_AT_ONCE
    while True:
        names = [stem if number == 1 else f"{stem}{number}" for number in range(first, first + many)]
        taken = credentials.taken_of(
            organization_id=customer.organization_id, names=names, customer_id=customer.pk or 0
        )
        free = next((name for name in names if name not in taken and not ids.voucher_code(name)), "")
        if free:
            return free
        # Thousands may be called alike: ever more numbers are looked up at once.
        first, many = first + many, min(many * 8, _TRIED_AT_MOST)


def _typed_words(name: str) -> list[str]:
    """The words of a name as every keyboard types them: `Jean-Pierre N'Diaye` as `jeanpierre` and `ndiaye`."""
    return list(filter(None, (_NOT_TYPED.sub("", word) for word in ids.fold(name).split())))


def _locked(subscription: Subscription) -> Subscription:
    """The row, locked. Refuses `subscription_ended`."""
    rows = Subscription.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
    row = rows.get(pk=subscription.pk)
    if row.ended_at is not None:
        raise Refused(Code.SUBSCRIPTION_ENDED)
    return row


def _begin_if_used_up(row: Subscription, now: datetime) -> None:
    present, *ahead = periods.of(subscription_ids=[row.pk], now=now)[row.pk]
    if ahead and periods.is_used_up(subscription=row, period=present):
        _begin(row, ahead[0], now)


def _begin(row: Subscription, period: UsagePeriod, now: datetime) -> None:
    """Ends the running period at `now`, and lets `period` begin there."""
    running = UsagePeriod.objects.filter(subscription=row, ends_at=period.started_at)
    running.update(ends_at=now)
    UsagePeriod.objects.filter(pk=period.pk).update(started_at=now)


def _check_address(subscription: Subscription, typed: str) -> str:
    if not typed.strip():
        if subscription.connection_type == "static":
            raise Refused(Code.FRAMED_ADDRESS_MISSING, field="framed_address")
        return ""
    canonical = address.parse(typed)
    own = address.blocks(subscription.organization.address_blocks)
    if canonical is None or ":" in canonical or not address.can_be_customers(canonical, own):
        raise Refused(Code.FRAMED_ADDRESS_INVALID, field="framed_address", address=typed.strip())
    if _who_has(canonical, subscription.organization_id) is not None:
        raise Refused(Code.FRAMED_ADDRESS_TAKEN, field="framed_address")
    return canonical


def _take_address(subscription: Subscription) -> Lost | None:
    address = subscription.released_address
    if not address:
        return None
    holder = _who_has(address, subscription.organization_id)
    subscription.released_address, subscription.framed_address = "", "" if holder else address
    subscription.save(update_fields=["released_address", "framed_address"])
    return Lost("address", address, subscription.plan_name, holder.customer) if holder else None


def _who_has(address: str, organization_id: int) -> Subscription | None:
    """Whose fixed address it is; it stays so until the end of the caller's transaction."""
    # Two who give one address at once: the second looks after the first has written.
    engine.lock_keys([f"framed_address:{organization_id}:{address}"])
    same = Subscription.objects.filter(organization=organization_id, framed_address=address, ended_at__isnull=True)
    # SQLite uses the unique index, which leaves empty addresses out, only where the statement leaves them out too.
    return same.exclude(framed_address="").select_related("customer").first()


def _record(subscription: Subscription, happened: Happened, by: Staff | None) -> None:
    events.record(
        happened,
        organization=subscription.organization,
        subject=subscription,
        by=by,
        customer_id=subscription.customer_id,
    )
    if happened.kind != happenings.SUBSCRIPTION_CREATED.kind:
        work.decide_again(Scope.SUBSCRIPTION, subscription.pk, organization=subscription.organization)
