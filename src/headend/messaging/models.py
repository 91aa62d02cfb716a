"""Messages to people, who carries them, and one-time codes."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.lib import clock
from headend.lib.ids import token
from headend.system.models import Organization, Staff, Waiting, where_there_is


class Channel(models.TextChoices):
    """How a message travels."""

    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")
    WHATSAPP = "whatsapp", _("WhatsApp")


class Lane(models.TextChoices):
    """How urgent a message is. Each lane has threads of its own: a broadcast never keeps a code waiting."""

    NOW = "now", _("At once")
    SOON = "soon", _("Soon")
    BULK = "bulk", _("In its turn")


class CarrierKind(models.TextChoices):
    """Which adapter speaks to the carrier."""

    AFRICASTALKING = "africastalking", _("Africa’s Talking")
    TWILIO = "twilio", _("Twilio")
    BULKSMS = "bulksms", _("BulkSMS")
    HTTP = "http", _("Another, by HTTP")
    SMTP = "smtp", _("A mail server (SMTP)")
    META = "meta", _("WhatsApp by Meta")
    FAKE = "fake", _("Practice SMS")
    PRACTICE_MAIL = "practice_mail", _("Practice e-mail")


class Carrier(models.Model):
    """Who carries an organization's messages of one channel."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    kind = models.CharField(max_length=20, choices=CarrierKind.choices)
    # Whom the description of a carrier by HTTP describes.
    name = models.CharField(max_length=60, blank=True)
    base_url = models.CharField(max_length=300)
    account = models.CharField(max_length=120, blank=True)
    sender = models.CharField(_("sender's name"), max_length=40, blank=True)
    key_sealed = models.BinaryField()
    options: Any = models.JSONField(default=dict)
    is_on = models.BooleanField(default=True)
    # What is left to send with, as the carrier wrote it last.
    credit = models.CharField(max_length=80, blank=True)
    credit_at = models.DateTimeField(null=True)
    # The `unique_key` of the last test message.
    trial_key = models.CharField(max_length=120, blank=True)
    # Since when messages are handed to it: what it tells is of these.
    since_at = models.DateTimeField(default=clock.now)
    # How often in a row it did not answer, and until when nothing but codes is handed to it for that.
    troubles = models.PositiveSmallIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    # The end of the address where it tells us of messages; another one with each carrier.
    report_token = models.CharField(max_length=40, default=token, unique=True)
    # Below so much, in the carrier's own unit, staff are warned; and whether it has refused one for want of credit since.
    credit_least = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    has_no_credit = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "channel"], name="carrier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} by {self.kind}"


class LeadsTo(models.TextChoices):
    """Where a short address leads."""

    PORTAL = "portal", _("Their portal")
    PAYING = "paying", _("Paying in their portal")
    ADDRESS = "address", _("Another address")


class Broadcast(models.Model):
    """One text to all customers whom a filter finds. It is a draft until it is begun; then the worker writes its messages."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    leads_to = models.CharField(max_length=8, choices=LeadsTo.choices, default=LeadsTo.PORTAL)
    address = models.CharField(max_length=500, blank=True)
    # About what people have with us: it goes to those as well who want nothing promotional.
    is_notice = models.BooleanField(default=False)
    audience: Any = models.JSONField(default=dict)
    # Of one SMS, in millionths of the currency's unit: many cost less than its smallest coin.
    part_price_micros = models.PositiveBigIntegerField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True)
    begun_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    # How many the filter found when it was begun.
    people = models.PositiveIntegerField(default=0)
    # Up to which account number its messages are written, and what became of those customers.
    reached = models.CharField(max_length=20, blank=True)
    written = models.PositiveIntegerField(default=0)
    unreachable = models.PositiveIntegerField(default=0)
    opted_out = models.PositiveIntegerField(default=0)
    written_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)
    # What became of its messages, once these are too old to be kept.
    kept: Any = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(text=""), name="broadcast_says_something"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            where_there_is("begun_at", name="broadcast_running", finished_at__isnull=True),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def state(self) -> str:
        """`draft`, `writing`, `sending`, `stopped` or `finished`."""
        if self.begun_at is None:
            return "draft"
        if self.stopped_at is not None:
            return "stopped"
        if self.finished_at is not None:
            return "finished"
        return "writing" if self.written_at is None else "sending"


class Message(Waiting):
    """Something to tell one person. The body is sealed until it is sent; after that only `shown` remains, without secrets.

    Or what somebody wrote to us: then `to` is who wrote it, and `own_address` the number of ours that it came to.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    lane = models.CharField(max_length=4, choices=Lane.choices, default=Lane.SOON)
    kind = models.CharField(max_length=40)
    to = models.CharField(max_length=254)
    # Of an e-mail. It holds no secret.
    subject = models.CharField(max_length=200, blank=True)
    # Not to those who have opted out of it.
    is_promotional = models.BooleanField(default=False)
    # As the network counts an SMS; 0 for any other.
    segments = models.PositiveSmallIntegerField(default=0)
    shown = models.TextField()
    body_sealed = models.BinaryField(null=True)
    customer_id = models.BigIntegerField(null=True)
    is_incoming = models.BooleanField(default=False)
    own_address = models.CharField(max_length=40, blank=True)
    # Whether `shown` has dots in the place of something: it cannot be sent again.
    holds_secret = models.BooleanField(default=False)
    # What the carrier calls it, null before it took it; and what it cost, as the carrier wrote it.
    carrier_reference = models.CharField(max_length=80, null=True)
    cost = models.CharField(max_length=40, blank=True)
    # When the carrier told last what became of it, and when one that tells nothing by itself is asked next.
    reported_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    broadcast = models.ForeignKey(Broadcast, null=True, on_delete=models.PROTECT, db_index=False)
    # Null where the same thing may be said twice.
    unique_key = models.CharField(max_length=120, null=True, unique=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["lane", "next_at"], name="message_ready", condition=Q(state__in=["queued", "sending"])
            ),
            models.Index(fields=["organization", "-id"], name="message_by_organization"),
            models.Index(fields=["customer_id", "-id"], name="message_by_customer"),
            models.Index(
                fields=["organization", "to"], name="message_of_nobody", condition=Q(customer_id__isnull=True)
            ),
            where_there_is("carrier_reference", name="message_by_reference"),
            models.Index(fields=["organization", "ask_at"], name="message_to_ask", condition=Q(ask_at__isnull=False)),
            where_there_is("broadcast", "state", name="message_of_broadcast"),
            models.Index(fields=["finished_at"], name="message_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class How(models.TextChoices):
    """How somebody opted out, or in again."""

    REPLY = "reply", _("by a reply")
    LINK = "link", _("by the link in an e-mail")
    STAFF = "staff", _("through staff")


class OptOut(models.Model):
    """An address to which an organization sends nothing promotional: E.164, an e-mail as it is compared, or what is left of an erased one."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=254)
    how = models.CharField(max_length=8, choices=How.choices)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "channel", "address"], name="opt_out_once"),
        ]

    def __str__(self) -> str:
        return f"no {self.channel} {self.how}"


class Link(models.Model):
    """The short address in one message: one for each receiver, for a time. It goes when the message goes."""

    code = models.CharField(max_length=12, unique=True)
    message = models.OneToOneField(Message, on_delete=models.CASCADE)
    leads_to = models.CharField(max_length=8, choices=LeadsTo.choices)
    # What somebody of the staff typed.
    address = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()
    clicks = models.PositiveIntegerField(default=0)
    clicked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(leads_to="address") & ~Q(address="") | ~Q(leads_to="address") & Q(address=""),
                name="link_leads_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Template(models.Model):
    """An organization's own words for a notice by one channel; without a row it says ours."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    notice = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    language = models.CharField(max_length=12)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.CharField(_("text"), max_length=4000)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "notice", "channel", "language"], name="template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notice} by {self.channel}"


class NoticeSwitch(models.Model):
    """Whether an organization sends a notice by one channel; without a row it does as the notice says."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    notice = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    is_on = models.BooleanField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "notice", "channel"], name="notice_switch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.notice} by {self.channel}"


class Policy(models.Model):
    """When an organization's notices that may wait are sent, and when a balance is low. Without a row it is as here."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE)
    hour_from = models.PositiveSmallIntegerField(_("from"), default=8)
    hour_until = models.PositiveSmallIntegerField(_("until"), default=20)
    # Null: the price of the package that ends next.
    low_minor = models.BigIntegerField(_("a balance is low under"), null=True, blank=True)
    low_days = models.PositiveSmallIntegerField(_("days between two reminders"), default=7)
    # The local day on which low balances were last looked for.
    looked_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            CheckConstraint(
                condition=Q(hour_from__lt=F("hour_until"), hour_until__lte=24), name="policy_hours_are_of_one_day"
            ),
            CheckConstraint(condition=Q(low_days__gte=1, low_days__lte=60), name="policy_days_are_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.hour_from} to {self.hour_until}"


class OneTimeCode(models.Model):
    """A code that was sent to prove whose phone it is; kept as a keyed digest, good once and for a short time."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    purpose = models.CharField(max_length=20)
    address = models.CharField(max_length=254)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "purpose", "address"], name="one_time_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} code"
