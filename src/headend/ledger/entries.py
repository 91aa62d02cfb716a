"""Moving money: one entry from one account to another, once for each key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Sum, When

from headend.customers.models import Customer
from headend.ledger.models import Account, AccountKind, Closing, Entry, EntryKind
from headend.ledger.rules import Code
from headend.lib import clock, money
from headend.lib.refused import Refused
from headend.system import engine
from headend.system.models import Organization


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a customer's statement: the entry, what it did to the balance, and the balance after it (minor units)."""

    entry: Entry
    change_minor: int
    balance_minor: int


def transfer(
    *,
    organization: Organization,
    key: str,
    debit: Account,
    credit: Account,
    amount_minor: int,
    kind: str,
    subject_id: int,
) -> Entry:
    """Books `amount_minor` (above zero) from `debit` to `credit`. The same key again gives the first entry back.

    Refuses `insufficient_balance` where a wallet would fall below zero, and `conflicts_with_first` where the key was used
    for another amount or other accounts.
    """
    assert amount_minor > 0, "an entry moves something"
    with transaction.atomic():
        # Two who book one thing at once: the second finds what the first has written.
        engine.lock_keys([f"entry:{organization.pk}:{key}"])
        first = Entry.objects.filter(organization=organization, key=key).first()
        if first is not None:
            if (first.debit_id, first.credit_id, first.amount_minor) != (debit.pk, credit.pk, amount_minor):
                raise Refused(Code.CONFLICTS_WITH_FIRST)
            return first
        # In the order of ids, so that no two transfers wait for each other.
        for account in sorted((debit, credit), key=lambda account: account.pk):
            if account.customer_id is not None:
                _move(account, organization, amount_minor, is_debit=account is debit)
        return Entry.objects.create(
            organization=organization,
            key=key,
            debit=debit,
            credit=credit,
            amount_minor=amount_minor,
            kind=kind,
            subject_id=subject_id,
            at=clock.now(),
            day=_open_day(organization),
        )


def pay_off(*, customer: Customer, source: str, subject_id: int, keep_minor: int = 0) -> Entry | None:
    """Pays what the customer owes from the wallet, but for `keep_minor`; part of the caller's transaction.

    `source` and `subject_id` name the payment or the purchase that is the cause. None where nothing is owed, or nothing is there.
    """
    with transaction.atomic():
        # Both rows are held while they are compared: two payments at once must not pay one debt twice.
        locked = Account.objects.select_for_update(no_key=True).filter(customer=customer).order_by("pk")
        own = {account.kind: account for account in locked}
        wallet, receivable = own.get(AccountKind.WALLET), own.get(AccountKind.RECEIVABLE)
        if wallet is None or receivable is None:
            return None
        amount_minor = min(wallet.balance_minor - keep_minor, -receivable.balance_minor)
        if amount_minor <= 0:
            return None
        return transfer(
            organization=customer.organization,
            key=_allocation_key(source, subject_id),
            debit=wallet,
            credit=receivable,
            amount_minor=amount_minor,
            kind=EntryKind.ALLOCATION,
            subject_id=subject_id,
        )


def paid_off_by(*, organization: Organization, payment_id: int) -> int:
    """How much of a debt was paid off when this payment came, in minor units."""
    entry = Entry.objects.filter(organization=organization, key=_allocation_key("payment", payment_id)).first()
    return 0 if entry is None else entry.amount_minor


def of_customer(customer: Customer) -> QuerySet[Entry]:
    """What moved the customer's balance, newest first. What was paid off moved nothing: it stood on both sides."""
    return _of(list(Account.objects.filter(customer=customer).values_list("pk", flat=True)))


def statement(*, customer: Customer, limit: int, skip: int = 0) -> list[Line]:
    """The newest `limit` movements of the customer's balance after the `skip` newest, newest first."""
    accounts = {account.pk: account for account in Account.objects.filter(customer=customer)}
    if not accounts:
        return []
    lines = []
    own = _of(accounts)
    balance = sum(account.balance_minor for account in accounts.values())
    balance -= _moved(own[:skip], accounts) if skip else 0
    for entry in own[skip : skip + limit]:
        change = entry.amount_minor if entry.credit_id in accounts else -entry.amount_minor
        lines.append(Line(entry, change, balance))
        balance -= change
    return lines


def _of(accounts: Collection[int]) -> QuerySet[Entry]:
    # Their ids, and not how they are found: asked which accounts those are, PostgreSQL walks over everybody's entries.
    moved = Entry.objects.filter(Q(debit__in=accounts) | Q(credit__in=accounts))
    return moved.exclude(kind=EntryKind.ALLOCATION).order_by("-pk")


def _allocation_key(source: str, subject_id: int) -> str:
    """What a payment paid off stands under its bare id."""
    return f"allocation:{subject_id}" if source == "payment" else f"allocation:{source}:{subject_id}"


def _move(account: Account, organization: Organization, amount_minor: int, *, is_debit: bool) -> None:
    row = Account.objects.filter(pk=account.pk)
    if not is_debit:
        row.update(credits_minor=F("credits_minor") + amount_minor)
        return
    if account.kind == AccountKind.WALLET:
        row = row.filter(credits_minor__gte=F("debits_minor") + amount_minor)
    if not row.update(debits_minor=F("debits_minor") + amount_minor):
        account.refresh_from_db()
        raise Refused(
            Code.INSUFFICIENT_BALANCE,
            available=money.short(account.balance_minor, organization.currency),
            required=money.short(amount_minor, organization.currency),
            available_minor=account.balance_minor,
            required_minor=amount_minor,
        )


def _moved(entries: QuerySet[Entry], own: Collection[int]) -> int:
    """What these entries did to the balance of the accounts `own` together."""
    change = Case(When(credit__in=own, then=F("amount_minor")), default=-F("amount_minor"))
    return entries.aggregate(moved=Sum(change))["moved"] or 0


def _open_day(organization: Organization) -> date:
    """Today, or the first day that is not closed: a clock that was set back must not change a closed day."""
    today = clock.local_day(clock.now(), organization.timezone)
    through = Closing.objects.filter(organization=organization).values_list("through", flat=True).first()
    return today if through is None else max(today, through + timedelta(days=1))
