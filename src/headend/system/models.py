"""The tables that everything stands on: tenants, staff, what happened, and what is waiting to be done."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.lib import clock, picture


def where_there_is(column: str, *more: str, name: str, **also: Any) -> models.Index:
    """An index of the rows in which `column` is not null, and of which `also` is true.

    Where a column is null in all rows, SQLite's statistics call an index of all of them useless.
    """
    return models.Index(fields=[column, *more], name=name, condition=Q(**{f"{column}__isnull": False, **also}))


def one_where_there_is(column: str, *more: str, name: str, **also: Any) -> UniqueConstraint:
    """As `where_there_is`, of rows that are unique among those."""
    return UniqueConstraint(fields=[column, *more], name=name, condition=Q(**{f"{column}__isnull": False, **also}))


class Registration(models.TextChoices):
    """How customers register on the portal."""

    CODE = "code", _("With a code by SMS, where SMS is set up")
    OPEN = "open", _("At once, without a proof that the phone is theirs")


class Organization(models.Model):
    """A tenant: one internet provider. Its slug is the first word of its URLs."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    timezone = models.CharField(_("time zone"), max_length=60)
    language = models.CharField(_("language"), max_length=12, default="en")
    accent = models.CharField(_("colour"), max_length=7, default="#0b5c6b")
    support_phone = models.CharField(_("support phone"), max_length=40, blank=True)
    account_prefix = models.CharField(_("account number prefix"), max_length=6, blank=True)
    registration = models.CharField(
        _("registering on the portal"), max_length=8, choices=Registration.choices, default=Registration.CODE
    )
    # Codes by SMS go to numbers of its own country, and of these: ISO 3166 alpha-2, with spaces between.
    code_countries = models.CharField(_("codes by SMS also to"), max_length=60, blank=True)
    # IPv4 blocks that were assigned to the organization: `196.200.16.0/22, 41.80.1.0/24`.
    address_blocks = models.CharField(_("own address blocks"), max_length=400, blank=True)
    # Lower case, with spaces between: what routers put behind or in front of names, and is no part of them.
    realms = models.CharField(_("realms"), max_length=200, blank=True)
    interim_seconds = models.PositiveIntegerField(_("seconds between usage reports"), default=300)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Logo(models.Model):
    """The picture of an organization. Small, because every page that a phone loads carries it; its digest is in its URL."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE)
    content = models.BinaryField()
    media_type = models.CharField(max_length=20)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    digest = models.CharField(max_length=16)
    updated_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.digest

    @property
    def extension(self) -> str:
        """How the name of its file ends: `png`."""
        return picture.EXTENSIONS[self.media_type]


class Site(models.Model):
    """A place: a tower, a high site, a café."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=80, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "name_key"], name="site_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member of staff is in one organization. The order is that of the role table."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    OPERATOR = "operator", _("Operator")
    CASHIER = "cashier", _("Cashier")
    SUPPORT = "support", _("Support")


class Staff(AbstractBaseUser):
    """A person who works in one or more organizations; the Django user. One e-mail, one person."""

    email = models.EmailField(_("e-mail"), max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = BaseUserManager()

    USERNAME_FIELD = "email_key"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """The right of a member of staff to work in an organization."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "staff"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} ({self.get_role_display()})"


class Invitation(models.Model):
    """The offer of a membership to whoever has an e-mail; its link holds it. Nobody is tied until they accept.

    `uid` is another one with each link that is made anew, so that an older one opens nothing.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    email = models.EmailField(_("e-mail"), max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    open_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "email_key"], name="invitation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.get_role_display()})"

    @property
    def is_open(self) -> bool:
        """Whether its link still leads in."""
        return clock.now() < self.open_until


class Event(models.Model):
    """Something that happened: the audit trail, and what notices and webhooks start from.

    `payload` holds ids, codes and amounts and never a secret; `personal` holds personal values before and after, the
    only column that erasing may blank. All Events of one `operation` were caused by one act.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, db_index=False)
    operation = models.UUIDField(default=uuid.uuid4)
    payload: Any = models.JSONField(default=dict)
    personal: Any = models.JSONField(default=dict)
    # Null where an Event may happen any number of times: unique columns let nulls repeat.
    unique_key = models.CharField(max_length=120, null=True, unique=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "-at"], name="event_by_time"),
            where_there_is("customer_id", "-at", name="event_by_customer"),
            where_there_is("staff", "-at", name="event_by_staff"),
            models.Index(fields=["id"], name="event_unhandled", condition=Q(handled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.kind


class State(models.TextChoices):
    """Where a row that waits to be carried out stands (Job, Command, later Message)."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Under way")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Done")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")


class Waiting(models.Model):
    """The columns of every row that the worker carries out; `system.waiting` claims and finishes such rows."""

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    owner = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Job(Waiting):
    """Work for the worker: a kind that `doors.worker.schedule` maps to a verb, and its arguments."""

    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=40)
    lane = models.CharField(max_length=8)
    payload: Any = models.JSONField(default=dict)
    # Null where the same work may wait twice; a set key is free again once the Job has begun.
    unique_key = models.CharField(max_length=120, null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["lane", "next_at"], name="job_ready", condition=Q(state__in=["queued", "sending"])),
            where_there_is("finished_at", name="job_finished"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["unique_key"], name="job_waits_once", condition=Q(state="queued")),
            CheckConstraint(condition=Q(lane__in=["now", "soon", "sweep", "bulk", "money"]), name="job_lane_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Revision(models.Model):
    """A number that the verbs bump when they change what a process may keep in memory (the NAS list)."""

    name = models.CharField(max_length=30, primary_key=True)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Numbering(models.Model):
    """The last number given out of a series of an organization (account numbers, later invoices)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    series = models.CharField(max_length=30)
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "series"], name="numbering_once"),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.last}"


class Figure(models.Model):
    """A number that is kept of a large organization, because counting it for each page would take long: see `figures`."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=40)
    number = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "name"], name="figure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class UsageTotal(models.Model):
    """What all of an organization used on a local day that is over: the sum of its UsageDays, see `access.totals`."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    upload_bytes = models.BigIntegerField()
    download_bytes = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "day"], name="usage_total_once"),
        ]

    def __str__(self) -> str:
        return f"usage on {self.day}"


class KeyFingerprint(models.Model):
    """What tells whether this database's secrets can be opened with the keys at hand."""

    key_id = models.CharField(max_length=8, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.key_id


class Throttle(models.Model):
    """How often something guessable was tried in the present window; moved by UPDATE."""

    key = models.CharField(max_length=160, primary_key=True)
    window_until = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class SearchText(models.Model):
    """What a customer is found by: one folded text for each customer and source, written by the verbs."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE)
    customer_id = models.BigIntegerField()
    source = models.CharField(max_length=40)
    text = models.TextField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["customer_id", "source"], name="search_text_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.customer_id}"
