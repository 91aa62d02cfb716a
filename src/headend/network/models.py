"""Equipment that asks us who may connect, and what we have to tell it."""

import uuid
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from headend.lib import clock, ids
from headend.system.models import Organization, Site, State, Waiting

# A clock that is less than this ahead or behind is right enough: nobody reads a log by seconds.
CLOCK_OFF_SECONDS: Final = 60


class Vendor(models.TextChoices):
    """Whose attributes a NAS understands."""

    MIKROTIK = "mikrotik", "MikroTik"
    COOVACHILLI = "coovachilli", "CoovaChilli"
    OTHER = "other", _("Other")


class Switch(models.TextChoices):
    """A protection of protocols that is on, off, or turned on by the first packet that shows the NAS can do it."""

    AUTO = "auto", _("When the NAS shows that it can")
    YES = "yes", _("Always")
    NO = "no", _("Never")


class NAS(models.Model):
    """A router or access point that sends us RADIUS. Its address belongs to it alone in the whole installation."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=80, editable=False)
    vendor = models.CharField(_("vendor"), max_length=20, choices=Vendor.choices, default=Vendor.MIKROTIK)
    address = models.CharField(_("IP address"), max_length=45)
    address_key = models.CharField(max_length=32, unique=True, editable=False)
    secret_sealed = models.BinaryField()
    # What the router's login page names itself by: random, so that nobody counts our routers.
    token = models.CharField(max_length=32, unique=True, default=ids.token, editable=False)
    # Where its hotspot takes logins: hosts, or hosts with a port, as `rules.parse_login_hosts` gives them.
    login_hosts = models.TextField(_("hotspot login hosts"), blank=True)
    coa_port = models.PositiveIntegerField(_("port for Disconnect"), default=3799)
    coa_message_authenticator = models.BooleanField(_("sign Disconnect with Message-Authenticator"), default=True)
    swap_octets = models.BooleanField(_("upload and download are reported the other way round"), default=False)
    require_message_authenticator = models.CharField(max_length=4, choices=Switch.choices, default=Switch.AUTO)
    limit_proxy_state = models.CharField(max_length=4, choices=Switch.choices, default=Switch.AUTO)
    # Set by the first packet that showed it: from then on *auto* means yes.
    message_authenticator_seen_at = models.DateTimeField(null=True)
    proxy_state_absent_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    # How far its clock is ahead of ours, by its Event-Timestamp; null where it sends none.
    clock_offset_seconds = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = "NAS"
        verbose_name_plural = "NAS"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(fields=["organization", "name_key"], name="nas_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def clock_off_seconds(self) -> int:
        """How far its clock is off, ahead or behind; 0 where that is little enough, or unknown."""
        off_seconds = abs(self.clock_offset_seconds or 0)
        return off_seconds if off_seconds >= CLOCK_OFF_SECONDS else 0


class CommandKind(models.TextChoices):
    """What a NAS can be told."""

    DISCONNECT = "disconnect", _("Disconnect")


class Command(Waiting):
    """Something to tell a NAS, sent by the worker, with its result. The session lies above: kept as plain data."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    nas = models.ForeignKey(NAS, on_delete=models.CASCADE)
    kind = models.CharField(max_length=12, choices=CommandKind.choices)
    session_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    identification: Any = models.JSONField(default=dict)
    reason = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], name="command_ready", condition=Q(state__in=["queued", "sending"])),
            models.Index(fields=["session_id"], name="command_by_session"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            UniqueConstraint(
                fields=["session_id", "kind"],
                condition=Q(state__in=[State.QUEUED, State.SENDING]),
                name="command_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
