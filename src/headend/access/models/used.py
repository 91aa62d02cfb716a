"""What a NAS reported: sessions, what was used, and what was refused."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from headend.access.models.sold import Subscription, Voucher
from headend.customers.models import Customer
from headend.network.models import NAS
from headend.system.models import Organization, one_where_there_is, where_there_is


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
