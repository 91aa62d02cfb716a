"""Double entry in one row: an Entry names one debit and one credit account, so it cannot fail to balance."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization


class AccountKind(models.TextChoices):
    """What an account is for. *Wallet* and *receivable* are a customer's; the others are the organization's."""

    WALLET = "wallet", _("Wallet")
    # What a customer owes: charged, and not paid yet.
    RECEIVABLE = "receivable", _("Owed")
    CLEARING = "clearing", _("Money received")
    REVENUE = "revenue", _("Revenue")
    # What was given free: the price of it, which stands under revenue too.
    PROMOTION = "promotion", _("Given free")
    # What customers left behind, and what they will not pay any more.
    LEFTOVER = "leftover", _("Balances written off")
    LOSS = "loss", _("Debts written off")


class Account(models.Model):
    """An account in the organization's currency, in minor units.

    A customer's account carries running totals, so that it can be charged by one UPDATE. An organization's carries none:
    no two customers shall wait for one row. Its balance is the sum of its closed days and of the entries since.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, choices=AccountKind.choices)
    # Of a clearing account: how the money came (`cash`, or the money network).
    method = models.CharField(max_length=20, blank=True)
    debits_minor = models.BigIntegerField(null=True)
    credits_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["customer", "kind"], name="account_of_customer_once"),
            UniqueConstraint(
                fields=["organization", "kind", "method"],
                condition=Q(customer__isnull=True),
                name="account_of_organization_once",
            ),
            CheckConstraint(
                condition=Q(customer__isnull=True, debits_minor__isnull=True, credits_minor__isnull=True)
                | Q(customer__isnull=False, debits_minor__gte=0, credits_minor__gte=0),
                name="account_totals_of_customers_only",
            ),
            CheckConstraint(
                condition=~Q(kind="wallet") | Q(credits_minor__gte=F("debits_minor")),
                name="account_wallet_not_negative",
            ),
            CheckConstraint(
                condition=~Q(kind="receivable") | Q(debits_minor__gte=F("credits_minor")),
                name="account_debt_not_overpaid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.method or self.customer_id or ''}"

    @property
    def balance_minor(self) -> int:
        """Credits less debits of a customer's account."""
        assert self.credits_minor is not None, "only customers' accounts carry totals"
        assert self.debits_minor is not None, "only customers' accounts carry totals"
        return self.credits_minor - self.debits_minor


class EntryKind(models.TextChoices):
    """What moved money; `subject_id` of the entry is the id of that thing."""

    PAYMENT = "payment", _("Payment")
    PURCHASE = "purchase", _("Purchase")
    # From the wallet to what is owed; its subject is the payment or the purchase that was the cause.
    ALLOCATION = "allocation", _("Debt paid")
    # Pays a purchase that is given free; its subject is that purchase.
    PROMOTION = "promotion", _("Given free")
    # Their subject is the adjustment.
    REFUND = "refund", _("Refund")
    WRITE_OFF = "write_off", _("Written off")


class Entry(models.Model):
    """An amount that went from the debit account to the credit account. Never changed, never deleted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=80)
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debit_entries", db_index=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credit_entries", db_index=False)
    amount_minor = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now)
    # The local day of the organization that it is booked on; never one that is closed already.
    day = models.DateField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "key"], name="entry_once"),
            CheckConstraint(condition=Q(amount_minor__gt=0), name="entry_amount_positive"),
            CheckConstraint(condition=~Q(debit=F("credit")), name="entry_between_two"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["debit", "day"], name="entry_by_debit"),
            models.Index(fields=["credit", "day"], name="entry_by_credit"),
            models.Index(fields=["organization", "day"], name="entry_by_day"),
            models.Index(fields=["kind", "subject_id"], name="entry_by_subject"),
        ]

    def __str__(self) -> str:
        return self.key


class AccountDay(models.Model):
    """What one account of an organization moved on one closed day. Days without a movement have no row."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    debits_minor = models.BigIntegerField()
    credits_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["account", "day"], name="account_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"


class Closing(models.Model):
    """Through which day the books of an organization are closed."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT)
    through = models.DateField()

    def __str__(self) -> str:
        return str(self.through)
