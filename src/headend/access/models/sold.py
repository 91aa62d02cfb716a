"""What is sold, and who runs it."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization, Staff, where_there_is


class ConnectionType(models.TextChoices):
    """How a customer connects."""

    PPPOE = "pppoe", "PPPoE"
    HOTSPOT = "hotspot", "Hotspot"
    STATIC = "static", "Static"


class ValidityUnit(models.TextChoices):
    """What a plan's validity is counted in."""

    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    MONTHS = "months", _("months")


class Terms(models.Model):
    """What a plan promises. Subscriptions and vouchers keep a copy: editing a plan changes nothing already sold."""

    connection_type = models.CharField(_("connection type"), max_length=8, choices=ConnectionType.choices)
    price_minor = models.BigIntegerField(_("price"))
    # Null is unlimited, for speeds, data and time.
    download_kbps = models.PositiveIntegerField(_("download speed"), null=True, blank=True)
    upload_kbps = models.PositiveIntegerField(_("upload speed"), null=True, blank=True)
    validity_count = models.PositiveIntegerField(_("validity"))
    validity_unit = models.CharField(max_length=8, choices=ValidityUnit.choices)
    cap_bytes = models.BigIntegerField(_("data cap"), null=True, blank=True)
    time_limit_seconds = models.PositiveIntegerField(_("time limit"), null=True, blank=True)
    simultaneous_use = models.PositiveIntegerField(_("devices at once"), default=1)
    idle_timeout_seconds = models.PositiveIntegerField(_("idle time-out"), null=True, blank=True)

    class Meta:
        abstract = True


class Plan(Terms):
    """What is sold; pages say *package* where a source of requirements says so."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=80, editable=False)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "name_key"], name="plan_name_once"),
            CheckConstraint(condition=Q(price_minor__gte=0), name="plan_price_not_negative"),
            CheckConstraint(condition=Q(simultaneous_use__gte=1), name="plan_one_device_at_least"),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(Terms):
    """A customer's running plan, with its own copy of the terms; a customer may have several.

    Its state is derived: *draft* until it is activated, *active* until it is ended; expiry is decided at login.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    plan_name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=clock.now)
    activated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When a period was added last: creation, then each activation or renewal.
    renewed_at = models.DateTimeField(default=clock.now)
    # `expires_at` is so many validities after the anchor, which a renewal in time keeps: 31 January, 28 February, 31 March.
    anchor_at = models.DateTimeField(null=True)
    anchor_periods = models.PositiveIntegerField(default=0)
    # The fixed address of a static customer, until pools keep addresses.
    framed_address = models.CharField(_("IP address"), max_length=45, blank=True)
    # The address of somebody who is deleted: it is free for others, and theirs again on undeleting unless one has it.
    released_address = models.CharField(max_length=45, blank=True, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(
                fields=["organization", "framed_address"],
                condition=Q(ended_at__isnull=True) & ~Q(framed_address=""),
                name="subscription_address_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["organization", "expires_at"], name="subscription_by_expiry", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.plan_name

    @property
    def state(self) -> str:
        """`draft`, `active` or `ended`."""
        if self.ended_at is not None:
            return "ended"
        return "draft" if self.activated_at is None else "active"


class Batch(Terms):
    """Vouchers that were made together to be printed, on numbered sheets, with the terms of that moment."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    plan_name = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    sheets = models.PositiveIntegerField(_("sheets"))
    vouchers_per_sheet = models.PositiveIntegerField(_("vouchers on a sheet"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    valid_until = models.DateTimeField(_("unused vouchers end"), null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "number"], name="batch_number_once"),
            CheckConstraint(
                condition=Q(sheets__gte=1, vouchers_per_sheet__gte=1), name="batch_of_one_voucher_at_least"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.number}"

    @property
    def vouchers(self) -> int:
        """How many it has once it is filled."""
        return self.sheets * self.vouchers_per_sheet


class Sheet(models.Model):
    """One printed paper of a batch. Its vouchers connect nobody while it is held, nor once it is void."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, db_index=False)
    number = models.PositiveIntegerField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["batch", "number"], name="sheet_number_once"),
        ]

    def __str__(self) -> str:
        return f"sheet {self.number}"

    @property
    def is_held(self) -> bool:
        """Whether it is not released yet."""
        return self.released_at is None

    @property
    def state(self) -> str:
        """`held`, `released` or `void`."""
        if self.voided_at is not None:
            return "void"
        return "held" if self.is_held else "released"


class Voucher(Terms):
    """Access that is used up: a code that whoever holds it connects with. Its first use starts the clock.

    A sold one has a customer and no sheet; a printed one has a sheet and no customer. `code` is as people read it, `code_key`
    as it is looked for. The counters are the sum of its sessions.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    plan_name = models.CharField(max_length=80)
    code = models.CharField(_("code"), max_length=9)
    code_key = models.CharField(max_length=8, editable=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_index=False)
    sheet = models.ForeignKey(Sheet, null=True, on_delete=models.PROTECT, db_index=False)
    issued_at = models.DateTimeField(default=clock.now)
    # One that was never used ends here; once used it runs as long as its plan says.
    valid_until = models.DateTimeField(null=True)
    first_used_at = models.DateTimeField(null=True)
    first_mac = models.CharField(max_length=12, blank=True)
    expires_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.CharField(_("reason"), max_length=200, blank=True)
    upload_bytes = models.BigIntegerField(default=0)
    download_bytes = models.BigIntegerField(default=0)
    session_seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "code_key"], name="voucher_code_once"),
            CheckConstraint(
                condition=Q(first_used_at__isnull=True, expires_at__isnull=True)
                | Q(first_used_at__isnull=False, expires_at__isnull=False),
                name="voucher_runs_once_used",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            where_there_is("customer", "-issued_at", name="voucher_of_customer"),
            where_there_is("sheet", name="voucher_of_sheet"),
            models.Index(fields=["organization", "-issued_at"], name="voucher_by_issue"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def used_bytes(self) -> int:
        """Both directions, over all its sessions."""
        return self.upload_bytes + self.download_bytes

    @property
    def is_spent(self) -> bool:
        """Whether its data or its time is used up."""
        data = self.cap_bytes is not None and self.used_bytes >= self.cap_bytes
        return data or (self.time_limit_seconds is not None and self.session_seconds >= self.time_limit_seconds)

    def state_at(self, now: datetime) -> str:
        """`unused`, `active`, `spent`, `expired` or `void`. A printed one is void with its sheet: load `sheet` with it."""
        if self.voided_at is not None or (self.sheet is not None and self.sheet.voided_at is not None):
            return "void"
        end = self.valid_until if self.first_used_at is None else self.expires_at
        if end is not None and end <= now:
            return "expired"
        if self.is_spent:
            return "spent"
        return "unused" if self.first_used_at is None else "active"
