"""Accounts, made when they are first needed, and what stands on them."""

from django.db.models import Sum

from headend.customers.models import Customer
from headend.ledger.models import Account, AccountDay, AccountKind, Closing, Entry
from headend.system.models import Organization


def wallet(*, customer: Customer) -> Account:
    """The customer's wallet, with its totals as they stand now."""
    account, _ = Account.objects.get_or_create(
        customer=customer,
        kind=AccountKind.WALLET,
        defaults={"organization_id": customer.organization_id, "debits_minor": 0, "credits_minor": 0},
    )
    return account


def receivable(*, customer: Customer) -> Account:
    """What the customer owes, with its totals as they stand now."""
    account, _ = Account.objects.get_or_create(
        customer=customer,
        kind=AccountKind.RECEIVABLE,
        defaults={"organization_id": customer.organization_id, "debits_minor": 0, "credits_minor": 0},
    )
    return account


def of_organization(*, organization: Organization, kind: str, method: str = "") -> Account:
    """An account of the organization: `clearing` by method, or `revenue`."""
    account, _ = Account.objects.get_or_create(organization=organization, customer=None, kind=kind, method=method)
    return account


def balance(*, customer: Customer) -> int:
    """What the customer has less what he owes, in minor units: payments less purchases."""
    return sum(account.balance_minor for account in Account.objects.filter(customer=customer))


def available(*, customer: Customer) -> int:
    """What is in the wallet, and can be spent, in minor units."""
    account = Account.objects.filter(customer=customer, kind=AccountKind.WALLET).first()
    return 0 if account is None else account.balance_minor


def owed(*, customer: Customer) -> int:
    """What the customer owes, in minor units."""
    account = Account.objects.filter(customer=customer, kind=AccountKind.RECEIVABLE).first()
    return 0 if account is None else -account.balance_minor


def standing(*, customer: Customer) -> tuple[int, int]:
    """What is in the wallet, and what the customer owes: minor units, read at once."""
    by_kind = {account.kind: account.balance_minor for account in Account.objects.filter(customer=customer)}
    return by_kind.get(AccountKind.WALLET, 0), -by_kind.get(AccountKind.RECEIVABLE, 0)


def organization_balance(*, account: Account) -> int:
    """Credits less debits of an organization's account, in minor units: its closed days and the entries since."""
    days = AccountDay.objects.filter(account=account).aggregate(
        credits=Sum("credits_minor"), debits=Sum("debits_minor")
    )
    since = Entry.objects.filter(organization=account.organization_id)
    through = Closing.objects.filter(organization=account.organization_id).values_list("through", flat=True).first()
    if through is not None:
        since = since.filter(day__gt=through)
    credited = since.filter(credit=account).aggregate(total=Sum("amount_minor"))["total"] or 0
    debited = since.filter(debit=account).aggregate(total=Sum("amount_minor"))["total"] or 0
    return (days["credits"] or 0) - (days["debits"] or 0) + int(credited) - int(debited)
