"""Who is told how much data is used."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.customers.models import Customer
from headend.system.models import Organization


class Trigger(models.Model):
    """An address and a number that are told when the data of one of a customer's packages comes to `percent` of its cap."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False)
    percent = models.PositiveSmallIntegerField(_("percent"))
    # Each may be empty: then nothing goes by that channel.
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("mobile number"), max_length=20, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["customer", "percent", "email", "phone"], name="trigger_once"),
            CheckConstraint(condition=Q(percent__gte=1, percent__lte=100), name="trigger_percent"),
            CheckConstraint(condition=~Q(email="", phone=""), name="trigger_tells_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"


class DefaultTrigger(models.Model):
    """The same for every customer of an organization, at the address and the number that each has."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    percent = models.PositiveSmallIntegerField(_("percent"))
    by_email = models.BooleanField(default=True)
    by_sms = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "percent"], name="default_trigger_once"),
            CheckConstraint(condition=Q(percent__gte=1, percent__lte=100), name="default_trigger_percent"),
            CheckConstraint(condition=Q(by_email=True) | Q(by_sms=True), name="default_trigger_tells_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"
