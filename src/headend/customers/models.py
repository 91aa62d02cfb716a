"""Customers, the groups they stand in, and what keeps them from connecting."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.lib import clock
from headend.system.models import Organization, Site, Staff, one_where_there_is, where_there_is


class Group(models.Model):
    """A group of customers. Each organization has one *Default*; a group may be disabled as a whole."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=80, editable=False)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "name_key"], name="group_name_once"),
            UniqueConstraint(fields=["organization"], condition=Q(is_default=True), name="group_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


def leave_site(collector: Any, field: Any, rows: Any, using: str) -> None:
    """A site that customers stand at stays; those who were deleted hold it no more, and come back at none."""
    present = rows.filter(deleted_at__isnull=True)
    if present.exists():
        models.PROTECT(collector, field, present, using)
    models.SET_NULL(collector, field, rows, using)


class Customer(models.Model):
    """A person or company that buys access. Deleting hides, erasing blanks; the row stays, because its ledger does."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    account_number = models.CharField(_("account number"), max_length=20)
    account_number_key = models.CharField(max_length=20, editable=False)
    # A second number to pay by, which somebody chose or had made. It is kept as it is compared: see `ids.account_key`.
    extra_account_number = models.CharField(_("additional account number"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    company = models.CharField(_("company"), max_length=120, blank=True)
    # The mobile that signs in, gets SMS and is asked to pay: of one customer alone.
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    # A number to call: a landline, or the mobile of a relative, who may sign in with it. Several customers may have it.
    contact_phone = models.CharField(_("contact phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    username = models.CharField(_("username"), max_length=80, blank=True)
    username_key = models.CharField(max_length=80, blank=True, editable=False)
    # The hash of the portal's password. Empty: the network password opens the portal, and is then kept as a hash here.
    password = models.CharField(max_length=128, blank=True, editable=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, verbose_name=_("group"))
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=leave_site, verbose_name=_("default site"), db_index=False
    )
    account_expires_on = models.DateField(_("account expiry date"), null=True, blank=True)
    # What the name sorts by: last name, first name, company, folded. Kept because lists sort only by indexed columns.
    sort_key = models.CharField(max_length=200, editable=False)
    created_at = models.DateTimeField(default=clock.now)
    deleted_at = models.DateTimeField(null=True)
    # Deleted permanently: nothing personal is here any more, and an anonymous number stands for account number and name.
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "account_number"], name="customer_account_number_once"),
            # Deleted customers keep theirs: who pays by an old number pays for whoever had it.
            UniqueConstraint(fields=["organization", "account_number_key"], name="customer_account_number_key_once"),
            UniqueConstraint(
                fields=["organization", "extra_account_number"],
                condition=~Q(extra_account_number=""),
                name="customer_extra_account_number_once",
            ),
            UniqueConstraint(
                fields=["organization", "phone"],
                condition=Q(deleted_at__isnull=True) & ~Q(phone=""),
                name="customer_phone_once",
            ),
            UniqueConstraint(
                fields=["organization", "email_key"],
                condition=Q(deleted_at__isnull=True) & ~Q(email_key=""),
                name="customer_email_once",
            ),
            UniqueConstraint(
                fields=["organization", "username_key"],
                condition=Q(deleted_at__isnull=True) & ~Q(username_key=""),
                name="customer_username_once",
            ),
            CheckConstraint(
                condition=~Q(first_name="") | ~Q(last_name="") | ~Q(company="") | ~Q(phone=""),
                name="customer_has_a_name",
            ),
            CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    deleted_at__isnull=False,
                    extra_account_number="",
                    first_name=F("account_number"),
                    last_name="",
                    company="",
                    phone="",
                    contact_phone="",
                    email="",
                    email_key="",
                    username="",
                    username_key="",
                    password="",
                ),
                name="customer_erased_is_blank",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "sort_key", "id"], name="customer_by_name"),
            models.Index(fields=["organization", "-created_at"], name="customer_by_joined"),
            # Of deleted ones too, whom the unique phones leave out.
            models.Index(fields=["organization", "phone"], name="customer_by_phone", condition=~Q(phone="")),
            models.Index(
                fields=["organization", "sort_key", "id"],
                name="customer_deleted",
                condition=Q(deleted_at__isnull=False, erased_at__isnull=True),
            ),
            models.Index(fields=["organization"], name="customer_erased", condition=Q(erased_at__isnull=False)),
            where_there_is("site", name="customer_of_site"),
            where_there_is("account_expires_on", name="customer_account_expires"),
            where_there_is("deleted_at", name="customer_gone"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name to show: first and last, else the company, else the phone."""
        person = f"{self.first_name} {self.last_name}".strip()
        return person or self.company or self.phone


class SuspensionKind(models.TextChoices):
    """Why somebody is kept from connecting. *Disabled* is the switch on the list; the others are reasons."""

    OVERDUE = "overdue", _("Overdue")
    ABUSE = "abuse", _("Abuse")
    HOLD = "hold", _("On hold")
    DISABLED = "disabled", _("Disabled")


class Suspension(models.Model):
    """One reason that keeps a customer, or a whole group, from connecting, from its start until it ends or is lifted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_index=False)
    group = models.ForeignKey(Group, null=True, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=SuspensionKind.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    billing_continues = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=clock.now)
    started_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            CheckConstraint(
                condition=Q(customer__isnull=False, group__isnull=True) | Q(customer__isnull=True, group__isnull=False),
                name="suspension_of_one",
            ),
            one_where_there_is("customer", "kind", name="suspension_customer_once", lifted_at__isnull=True),
            one_where_there_is("group", "kind", name="suspension_group_once", lifted_at__isnull=True),
        ]
        indexes: ClassVar[list[models.Index]] = [
            where_there_is("customer", name="suspension_of_customer"),
            where_there_is("group", name="suspension_of_group"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Note(models.Model):
    """What somebody of the staff wrote about a customer, for colleagues: nobody else reads it. A pinned one stands first."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    text = models.CharField(_("note"), max_length=2_000)
    is_pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            CheckConstraint(condition=~Q(text=""), name="note_says_something")
        ]

    def __str__(self) -> str:
        return self.text
