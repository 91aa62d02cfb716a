"""What was bought, what was paid for it, and through whom."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.access.models import Plan, Subscription, Voucher
from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization, Staff, Waiting, where_there_is


class GatewayKind(models.TextChoices):
    """Which adapter speaks to the provider."""

    FAKE = "fake", _("Practice money")


class Gateway(models.Model):
    """A provider of mobile money that an organization takes payments through."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=12, choices=GatewayKind.choices)
    name = models.CharField(_("name"), max_length=40)
    # The money network whose receipt codes it brings; one code is one payment, whichever door it comes through.
    network = models.CharField(max_length=20)
    base_url = models.CharField(max_length=200)
    key_sealed = models.BinaryField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "network"], name="gateway_network_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Method(models.TextChoices):
    """How money comes."""

    CASH = "cash", _("Cash")
    MOBILE = "mobile", _("Mobile money")
    BANK = "bank", _("Bank")
    CHEQUE = "cheque", _("Cheque")


class Purchase(models.Model):
    """Something that a customer wants: a voucher for a plan, or the next period of a subscription, at the price of that day.

    Its state is derived: see `state`. Money comes first: a purchase that could not be fulfilled leaves its payment settled
    and the money in the wallet.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    key = models.CharField(max_length=80)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    plan_name = models.CharField(max_length=80)
    price_minor = models.BigIntegerField()
    # The plan's terms of that day, which the voucher gets, whatever becomes of the plan.
    terms: Any = models.JSONField(default=dict)
    # By somebody of whom only the phone is known: what its customer has in the wallet is not his to spend.
    by_guest = models.BooleanField(default=False)
    # Given without a payment by somebody who may: a promotion pays its price.
    is_free = models.BooleanField(default=False)
    # What is renewed; null where a voucher is bought.
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.PROTECT, db_index=False)
    voucher = models.OneToOneField(Voucher, null=True, on_delete=models.PROTECT)
    # The device that asked, where the captive door knows it: 12 digits.
    mac = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    fulfilled_at = models.DateTimeField(null=True)
    # Why it could not be fulfilled after it was paid; somebody must act until it is closed.
    unfulfilled_at = models.DateTimeField(null=True)
    unfulfilled_code = models.CharField(max_length=40, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "key"], name="purchase_once"),
            CheckConstraint(condition=Q(price_minor__gte=0), name="purchase_price_not_negative"),
            CheckConstraint(
                condition=Q(fulfilled_at__isnull=True) | Q(voucher__isnull=False) | Q(subscription__isnull=False),
                name="purchase_brought_something",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "-id"], name="purchase_by_customer"),
            where_there_is("subscription", name="purchase_of_subscription"),
            models.Index(
                fields=["plan", "mac", "-id"],
                name="purchase_free_by_device",
                condition=Q(price_minor=0) & ~Q(mac=""),
            ),
            models.Index(
                fields=["organization", "unfulfilled_at"],
                name="purchase_to_act_on",
                condition=Q(unfulfilled_at__isnull=False, fulfilled_at__isnull=True, closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_name} {self.pk}"

    @property
    def state(self) -> str:
        """`fulfilled`, `closed`, `unfulfilled` (paid, and somebody must act), or `waiting` for its payment."""
        if self.fulfilled_at is not None:
            return "fulfilled"
        if self.closed_at is not None:
            return "closed"
        return "waiting" if self.unfulfilled_at is None else "unfulfilled"

    @property
    def payment(self) -> "Payment | None":
        """The newest payment that was asked for it; none where it was bought from the wallet."""
        return self.payment_set.order_by("-pk").first()


class LineKind(models.TextChoices):
    """What one line of a purchase is for."""

    PERIOD = "period", _("First period")
    INSTALLATION = "installation", _("Installation fee")


class PurchaseLine(models.Model):
    """A part of a purchase's price. Only what was charged for several things has lines; they add up to the price."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="lines", db_index=False)
    kind = models.CharField(max_length=12, choices=LineKind.choices)
    amount_minor = models.BigIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["purchase", "kind"], name="purchase_line_once"),
            CheckConstraint(condition=Q(amount_minor__gte=0), name="purchase_line_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class PaymentState(models.TextChoices):
    """Where a payment stands. *Unknown*: the provider does not say, a person has to look."""

    PENDING = "pending", _("Waiting")
    SETTLED = "settled", _("Settled")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")


class Payment(models.Model):
    """Money from a customer, asked for or received. `amount_minor` is what came; while pending, what was asked for.

    One receipt code of one money network is one payment, through whichever door it comes.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    key = models.CharField(max_length=80)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_index=False)
    purchase = models.ForeignKey(Purchase, null=True, on_delete=models.PROTECT, db_index=False)
    method = models.CharField(_("method"), max_length=8, choices=Method.choices)
    gateway = models.ForeignKey(Gateway, null=True, on_delete=models.PROTECT, db_index=False)
    network = models.CharField(max_length=20)
    receipt_code = models.CharField(_("reference"), max_length=40, blank=True)
    asked_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField(_("amount"))
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    state = models.CharField(max_length=8, choices=PaymentState.choices)
    # Why it failed: a code of ours or of the provider.
    failure = models.CharField(max_length=40, blank=True)
    # What the provider calls our request.
    request_id = models.CharField(max_length=80, blank=True)
    taken_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, db_index=False)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "key"], name="payment_once"),
            UniqueConstraint(
                fields=["organization", "network", "receipt_code"],
                condition=~Q(receipt_code=""),
                name="payment_receipt_code_once",
            ),
            CheckConstraint(condition=Q(amount_minor__gt=0, asked_minor__gt=0), name="payment_amount_positive"),
            CheckConstraint(
                condition=Q(state="settled", settled_at__isnull=False)
                | (~Q(state="settled") & Q(settled_at__isnull=True)),
                name="payment_settled_when",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "-id"], name="payment_by_customer"),
            where_there_is("purchase", name="payment_of_purchase"),
            models.Index(fields=["organization", "-created_at"], name="payment_by_time"),
            models.Index(fields=["organization", "phone"], name="payment_by_phone"),
            # What is not settled is little. SQLite looks here only where the text of the condition stands in the query: `payments.unsettled`.
            models.Index(
                fields=["organization", "state", "created_at"], name="payment_unsettled", condition=~Q(state="settled")
            ),
            models.Index(fields=["created_at"], name="payment_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class AdjustmentKind(models.TextChoices):
    """What becomes of money that nothing is bought with, or of a debt that nobody pays."""

    REFUND = "refund", _("Refund")
    BALANCE = "balance", _("Balance written off")
    DEBT = "debt", _("Debt written off")


class Adjustment(models.Model):
    """Money that left a wallet without a purchase, or a debt that was given up: by whom, how, and why."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=80)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=AdjustmentKind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    # Of a refund: how the money went, and what the bank or the network calls that.
    method = models.CharField(_("method"), max_length=8, choices=Method.choices, blank=True)
    network = models.CharField(max_length=20, blank=True)
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "key"], name="adjustment_once"),
            UniqueConstraint(
                fields=["organization", "network", "reference"],
                condition=~Q(reference=""),
                name="adjustment_reference_once",
            ),
            CheckConstraint(condition=Q(amount_minor__gt=0), name="adjustment_amount_positive"),
            CheckConstraint(
                condition=Q(kind="refund") & ~Q(method="") | ~Q(kind="refund") & Q(method=""),
                name="adjustment_refund_has_method",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Prompt(Waiting):
    """A request to pay that a provider is to show on somebody's phone. Sent once: it cannot be unsent."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], name="prompt_ready", condition=Q(state__in=["queued", "sending"])),
        ]

    def __str__(self) -> str:
        return f"prompt {self.state}"


class Callback(models.Model):
    """What a provider sent us, as it came: kept before anything is believed."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT)
    received_at = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=45)
    body = models.TextField()
    # What became of it: a code of `rules.Outcome`.
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["received_at"], name="callback_by_time")]

    def __str__(self) -> str:
        return f"callback {self.pk}"
