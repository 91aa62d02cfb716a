"""What is sold, who runs it, what a NAS sees of it, and what it used."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.customers.models import Customer
from headend.lib import clock
from headend.network.models import NAS
from headend.system.models import Organization, Staff, one_where_there_is, where_there_is


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


class CredentialKind(models.TextChoices):
    """What stands behind a name that a NAS presents."""

    SUBSCRIPTION = "subscription", _("Subscription")
    VOUCHER = "voucher", _("Voucher")


class Credential(models.Model):
    """A name that a NAS may present, and the secret that goes with it, encrypted. The one table that logins look in."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=12, choices=CredentialKind.choices, default=CredentialKind.SUBSCRIPTION)
    name = models.CharField(_("username"), max_length=120)
    name_key = models.CharField(max_length=120, editable=False)
    secret_sealed = models.BinaryField()
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.PROTECT, db_index=False)
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.PROTECT, db_index=False)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(
                fields=["organization", "name_key"], condition=Q(ended_at__isnull=True), name="credential_name_once"
            ),
            CheckConstraint(
                condition=Q(kind="subscription", subscription__isnull=False, voucher__isnull=True)
                | Q(kind="voucher", subscription__isnull=True, voucher__isnull=False),
                name="credential_of_one",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            where_there_is("subscription", name="credential_of_subscription"),
            where_there_is("voucher", name="credential_of_voucher"),
        ]

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """A MAC that connected as a customer; a further one is added, never replaced."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False)
    mac = models.CharField(max_length=12)
    first_seen_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["customer", "mac"], name="device_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organization", "mac"], name="device_by_mac")]

    def __str__(self) -> str:
        return self.mac


class Block(models.Model):
    """A switch that keeps one subscription (*block the package*), voucher or device from connecting, until it is lifted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.PROTECT, db_index=False)
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.PROTECT, db_index=False)
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, db_index=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    started_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            CheckConstraint(
                condition=Q(subscription__isnull=False, voucher__isnull=True, device__isnull=True)
                | Q(subscription__isnull=True, voucher__isnull=False, device__isnull=True)
                | Q(subscription__isnull=True, voucher__isnull=True, device__isnull=False),
                name="block_of_one",
            ),
            one_where_there_is("subscription", name="block_subscription_once", lifted_at__isnull=True),
            one_where_there_is("voucher", name="block_voucher_once", lifted_at__isnull=True),
            one_where_there_is("device", name="block_device_once", lifted_at__isnull=True),
        ]
        indexes: ClassVar[list[models.Index]] = [
            where_there_is("subscription", name="block_of_subscription"),
            where_there_is("voucher", name="block_of_voucher"),
            where_there_is("device", name="block_of_device"),
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"


class Session(models.Model):
    """One connection, as its NAS reports it. Counters are totals in bytes since its start; they never fall.

    It is of a subscription, of a voucher, or of a name that is not ours. While open it is known by (NAS, Acct-Session-Id,
    name key), the last being one for every spelling of its user name. `trail` and `gigawords_seen` are what counting goes on from: see `metering.count`.
    `start_print` is the fingerprint of its Start, by which a repeated one is known. Its times are by our clock;
    `clock_offset_seconds` is how far that of its NAS was ahead when it began.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    # The indexes below begin with the NAS and with the customer: each index costs every Start something.
    nas = models.ForeignKey(NAS, on_delete=models.PROTECT, db_index=False)
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.PROTECT, db_index=False)
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_index=False)
    user_name = models.CharField(max_length=253)
    name_key = models.CharField(max_length=253)
    acct_session_id = models.CharField(max_length=253)
    class_token = models.CharField(max_length=64, blank=True)
    mac = models.CharField(max_length=64, blank=True)
    framed_address = models.CharField(max_length=45, blank=True)
    started_at = models.DateTimeField()
    clock_offset_seconds = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_cause = models.CharField(max_length=30, blank=True)
    upload_bytes = models.BigIntegerField(default=0)
    download_bytes = models.BigIntegerField(default=0)
    session_seconds = models.BigIntegerField(default=0)
    gigawords_seen = models.BooleanField(default=False)
    trail = models.TextField(blank=True)
    start_print = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(
                fields=["nas", "acct_session_id", "name_key"],
                condition=Q(ended_at__isnull=True),
                name="session_open_once",
            ),
            CheckConstraint(
                condition=Q(subscription__isnull=True) | Q(voucher__isnull=True), name="session_of_one_at_most"
            ),
        ]
        # None holds what an Interim changes, so that PostgreSQL writes the row alone and no index (a HOT update).
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["nas", "acct_session_id", "name_key", "-id"], name="session_by_key"),
            models.Index(
                fields=["organization", "-started_at"], name="session_live", condition=Q(ended_at__isnull=True)
            ),
            # With a second column that a look-up of live sessions names, so that SQLite prefers them to those of all there ever were.
            where_there_is("subscription", "ended_at", name="session_live_of", ended_at__isnull=True),
            where_there_is("voucher", "ended_at", name="session_live_of_voucher", ended_at__isnull=True),
            where_there_is("subscription", name="session_of_subscription"),
            where_there_is("voucher", name="session_of_voucher"),
            where_there_is("customer", "-started_at", name="session_of_customer"),
            models.Index(fields=["nas", "ended_at"], name="session_lost", condition=Q(end_cause="Lost-Carrier")),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} {self.acct_session_id}"

    @property
    def shown_name(self) -> str:
        """What people know it by: the voucher's code, however it was typed, or the username. Load `voucher` with it."""
        return self.user_name if self.voucher is None else self.voucher.code


class UsagePeriod(models.Model):
    """A period of a subscription, and what was used in it: what its cap and time limit are compared with.

    The present one is the latest that has begun; those that begin later are paid ahead. A draft's has no end.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, db_index=False)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    upload_bytes = models.BigIntegerField(default=0)
    download_bytes = models.BigIntegerField(default=0)
    session_seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["subscription", "started_at"], name="usage_period_once"),
        ]

    def __str__(self) -> str:
        return f"usage of {self.subscription_id}"

    @property
    def used_bytes(self) -> int:
        """Both directions."""
        return self.upload_bytes + self.download_bytes


class UsageDay(models.Model):
    """What a subscription or a voucher used on one local day of its organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.CASCADE, db_index=False)
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    upload_bytes = models.BigIntegerField(default=0)
    download_bytes = models.BigIntegerField(default=0)
    session_seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_where_there_is("subscription", "day", name="usage_day_once"),
            one_where_there_is("voucher", "day", name="usage_day_of_voucher_once"),
            CheckConstraint(
                condition=Q(subscription__isnull=False, voucher__isnull=True)
                | Q(subscription__isnull=True, voucher__isnull=False),
                name="usage_day_of_one",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organization", "day"], name="usage_by_day")]

    def __str__(self) -> str:
        owner = f"subscription {self.subscription_id}" if self.voucher_id is None else f"voucher {self.voucher_id}"
        return f"usage of {owner} on {self.day}"


class RefusalCount(models.Model):
    """How often one name was refused, or one source's packets were dropped, for one reason in one hour. Kept 30 days.

    `nas_key` is the NAS's id, or 0 where the source is no NAS of ours: null would not be unique.
    """

    organization = models.ForeignKey(Organization, null=True, on_delete=models.CASCADE, db_index=False)
    nas = models.ForeignKey(NAS, null=True, on_delete=models.CASCADE, db_index=False)
    nas_key = models.BigIntegerField()
    source = models.CharField(max_length=45)
    user_name = models.CharField(max_length=253, blank=True)
    name_key = models.CharField(max_length=253, blank=True)
    reason = models.CharField(max_length=40)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["nas_key", "source", "user_name", "reason", "hour"], name="refusal_count_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "name_key", "-hour"], name="refusal_by_name"),
            models.Index(fields=["hour"], name="refusal_by_hour"),
            where_there_is("nas", "hour", name="refusal_of_nas"),
        ]

    def __str__(self) -> str:
        return f"{self.user_name} {self.reason} {self.count}"
