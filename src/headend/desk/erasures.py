"""Deleting a customer permanently: access ends, what is personal goes, and the ledger stays under an anonymous number."""

import uuid
from typing import Final

from django.db import transaction

from headend.access import subscriptions, vouchers
from headend.access.models import Subscription, Voucher
from headend.billing import kept, purchases
from headend.billing.models import Payment, PaymentState
from headend.customers import account_numbers, customers, work
from headend.customers.models import Customer
from headend.customers.rules import sort_key
from headend.customers.work import Scope
from headend.desk import happenings, traces
from headend.desk.rules import Code
from headend.ledger import accounts
from headend.lib import clock, ids, money
from headend.lib.refused import Refused
from headend.system import events
from headend.system.models import Staff

# What routers and the worker still need of somebody who was connected is looked for again after so long.
AGAIN_SECONDS: Final = 60


def erase(*, customer: Customer, account_number: str, by: Staff | None) -> Customer:
    """Deletes a customer for good; `account_number`, as somebody typed it, shows that this one is meant.

    Nobody undoes it. A second press does no harm. Refuses `account_number_wrong`, and what `hindrances` names.
    """
    with events.operation(), transaction.atomic():
        customers.lock(organization_id=customer.organization_id)
        kept.lock(customer_id=customer.pk)
        rows = Customer.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
        row = rows.get(pk=customer.pk)
        if row.erased_at is not None:
            return row
        if ids.account_key(account_number) != row.account_number_key:
            raise Refused(Code.ACCOUNT_NUMBER_WRONG, field="account_number")
        for hindrance in hindrances(customer=row):
            raise hindrance
        names = traces.names_of(row)
        ended, voided = _end_access(row, by)
        _blank(row)
        traces.forget_names(row, names)
        traces.wipe(row)
        _record(row, by, ended, voided)
    return row


def hindrances(*, customer: Customer) -> list[Refused]:
    """What has to be settled first: `debt_open`, `wallet_not_empty`, `payment_under_way`.

    Money that is owed, or held for somebody, needs somebody whom it belongs to; and none may come for nobody.
    """
    found = []
    owed_minor, held_minor = accounts.owed(customer=customer), accounts.available(customer=customer)
    if owed_minor > 0:
        found.append(Refused(Code.DEBT_OPEN, amount=_amount(customer, owed_minor)))
    if held_minor > 0:
        found.append(Refused(Code.WALLET_NOT_EMPTY, amount=_amount(customer, held_minor)))
    unclear = Payment.objects.filter(customer=customer, state__in=[PaymentState.PENDING, PaymentState.UNKNOWN])
    payment = unclear.order_by("pk").first()
    if payment is not None:
        amount = _amount(customer, payment.asked_minor)
        found.append(Refused(Code.PAYMENT_UNDER_WAY, amount=amount, payment_id=payment.pk))
    return found


def finish(*, customer_id: int) -> None:
    """The Job `erase_traces`: wipes what was still needed when it was tried last, until nothing is left."""
    with transaction.atomic():
        row = Customer.objects.select_related("organization").get(pk=customer_id)
        if row.erased_at is not None:
            traces.wipe(row)
            if traces.is_anything_left(row):
                _queue_finish(row)


def _end_access(customer: Customer, by: Staff | None) -> tuple[int, int]:
    """Ends packages and voids vouchers. How many of each."""
    running = list(
        Subscription.objects.filter(customer=customer, ended_at__isnull=True).select_related("organization", "customer")
    )
    for subscription in running:
        subscriptions.end(subscription=subscription, by=by)
    now = clock.now()
    usable = Voucher.objects.filter(customer=customer)
    found = list(usable.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now)).order_by("pk"))
    for voucher in found:
        vouchers.void(voucher=voucher, by=by)
    # What was paid and not given has no money any more: the wallet is empty.
    for one in kept.of_customer(customer=customer):
        purchases.close(purchase=one.purchase, by=by)
    return len(running), len(found)


def _blank(row: Customer) -> None:
    account_numbers.give_anonymous(row)
    row.uid, row.first_name = uuid.uuid4(), row.account_number
    for name in (
        "last_name",
        "company",
        "phone",
        "contact_phone",
        "email",
        "email_key",
        "username",
        "username_key",
        "password",
    ):
        setattr(row, name, "")
    row.account_expires_on = None
    row.sort_key = sort_key(row.first_name, "", "", "")
    row.erased_at = clock.now()
    row.deleted_at = row.deleted_at or row.erased_at
    row.save()


def _record(row: Customer, by: Staff | None, ended: int, voided: int) -> None:
    events.record(
        happenings.CUSTOMER_ERASED(number=row.account_number, packages=ended, vouchers=voided),
        organization=row.organization,
        subject=row,
        by=by,
        customer_id=row.pk,
    )
    work.decide_again(Scope.CUSTOMER, row.pk, organization=row.organization)
    _queue_finish(row)


def _queue_finish(row: Customer) -> None:
    work.erase_traces(row.pk, organization=row.organization, delay_seconds=AGAIN_SECONDS)


def _amount(customer: Customer, minor: int) -> str:
    return money.show(minor, customer.organization.currency, customer.organization.language)
