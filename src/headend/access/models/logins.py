"""What a NAS may present, and the switches on it."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.access.models.sold import Subscription, Voucher
from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization, Staff, one_where_there_is, where_there_is


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
