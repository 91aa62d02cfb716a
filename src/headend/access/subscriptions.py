"""Customers' running plans: made, activated, renewed, ended."""

import re
from typing import Any, Final

from django.db import transaction

from headend.access import credentials, plans
from headend.access.models import Plan, Subscription, UsagePeriod
from headend.access.rules import Code
from headend.customers.models import Customer
from headend.lib import address, clock, ids
from headend.lib.refused import Refused
from headend.system import engine, events, jobs
from headend.system.models import Staff

_NOT_TYPED: Final = re.compile(r"[^a-z0-9]")


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
    if customer.deleted_at is not None:
        raise Refused(Code.CUSTOMER_IS_DELETED)
    if plan.retired_at is not None:
        raise Refused(Code.PLAN_RETIRED, field="plan", plan=plan.name)
    with transaction.atomic():
        subscription = Subscription(
            organization=customer.organization,
            customer=customer,
            plan=plan,
            plan_name=plan.name,
            **plans.terms_of(plan),
        )
        subscription.framed_address = _check_address(subscription, framed_address)
        subscription.save()
        UsagePeriod.objects.create(subscription=subscription, started_at=subscription.period_started_at)
        credential = credentials.issue(subscription=subscription, name=username, password=password)
        _record(subscription, "subscription.created", by, {"plan": plan.name}, {"username": credential.name})
    return subscription


def activate(*, subscription: Subscription, by: Staff | None) -> Subscription:
    """Lets a draft connect, or renews: the validity runs on from the later of now and the present expiry.

    A new usage period begins, so that cap and time limit start again. Refuses `subscription_ended`.
    """
    now = clock.now()
    with transaction.atomic():
        row = (
            Subscription.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organization")
            .get(pk=subscription.pk)
        )
        if row.ended_at is not None:
            raise Refused(Code.SUBSCRIPTION_ENDED)
        first = row.activated_at is None
        start = max(now, row.expires_at or now)
        row.activated_at = row.activated_at or now
        row.expires_at = plans.end_of(row, start, row.organization.timezone)
        row.period_started_at = now
        row.save(update_fields=["activated_at", "expires_at", "period_started_at"])
        UsagePeriod.objects.get_or_create(subscription=row, started_at=now)
        kind = "subscription.activated" if first else "subscription.renewed"
        _record(row, kind, by, {"plan": row.plan_name, "expires_at": row.expires_at.isoformat()})
    return row


def end(*, subscription: Subscription, by: Staff | None) -> None:
    """Ends a subscription for good and frees its name. A second press does no harm."""
    with transaction.atomic():
        if Subscription.objects.filter(pk=subscription.pk, ended_at__isnull=True).update(ended_at=clock.now()):
            credentials.end(subscription=subscription)
            _record(subscription, "subscription.ended", by, {"plan": subscription.plan_name})


def suggest_username(*, customer: Customer) -> str:
    """A free user name made of the customer's first name and surname, else the phone, else the account number."""
    person = _typed_words(f"{customer.first_name} {customer.last_name}")
    # Of three names the last is the surname; of a company's the first two tell most.
    words = [*person[:1], *person[1:][-1:]] or _typed_words(customer.company)[:2]
    stem = ".".join(words) or customer.phone.lstrip("+") or customer.account_number.lower()
    candidate, number = stem, 1
    while ids.voucher_code(candidate) or credentials.is_taken(
        organization_id=customer.organization_id, name=candidate, customer_id=customer.pk
    ):
        number += 1
        candidate = f"{stem}{number}"
    return candidate


def _typed_words(name: str) -> list[str]:
    """The words of a name as every keyboard types them: `Jean-Pierre N'Diaye` as `jeanpierre` and `ndiaye`."""
    return list(filter(None, (_NOT_TYPED.sub("", word) for word in ids.fold(name).split())))


def _check_address(subscription: Subscription, typed: str) -> str:
    if not typed.strip():
        if subscription.connection_type == "static":
            raise Refused(Code.FRAMED_ADDRESS_MISSING, field="framed_address")
        return ""
    canonical = address.parse(typed)
    if canonical is None or ":" in canonical or not address.is_host(canonical):
        raise Refused(Code.FRAMED_ADDRESS_INVALID, field="framed_address", address=typed.strip())
    # Two who give one address at once: the second looks after the first has written.
    engine.lock_keys([f"framed_address:{subscription.organization_id}:{canonical}"])
    same = Subscription.objects.filter(
        organization=subscription.organization_id, framed_address=canonical, ended_at__isnull=True
    )
    # SQLite uses the unique index, which leaves empty addresses out, only where the statement leaves them out too.
    if same.exclude(framed_address="").exists():
        raise Refused(Code.FRAMED_ADDRESS_TAKEN, field="framed_address")
    return canonical


def _record(
    subscription: Subscription,
    kind: str,
    by: Staff | None,
    payload: dict[str, Any],
    personal: dict[str, Any] | None = None,
) -> None:
    events.record(
        organization=subscription.organization,
        kind=kind,
        subject=subscription,
        by=by,
        payload=payload,
        personal=personal,
        customer_id=subscription.customer_id,
    )
    if kind != "subscription.created":
        jobs.queue("enforce", organization=subscription.organization, scope="subscription", scope_id=subscription.pk)
