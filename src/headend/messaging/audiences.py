"""Whom a broadcast is for: a filter over the customers of an organization."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from headend.access import vouchers
from headend.access.models import Session, Subscription, Voucher
from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization

DAYS_MOST: Final = 366


class Standing(models.TextChoices):
    """What somebody's package is like."""

    ALL = "all", _("Everybody")
    ACTIVE = "active", _("Has a package or voucher that runs")
    EXPIRING = "expiring", _("Package ends within so many days")
    EXPIRED = "expired", _("Package ended within so many days")


class Presence(models.TextChoices):
    """Whether somebody is connected just now."""

    ANY = "any", _("Online or not")
    ONLINE = "online", _("Online now")
    OFFLINE = "offline", _("Not online now")


@dataclass(frozen=True, slots=True)
class Audience:
    """A filter: by the ids of site, plan and group, by what the package is like, and by who is connected."""

    standing: str = Standing.ALL
    days: int = 7
    site: int | None = None
    plan: int | None = None
    group: int | None = None
    presence: str = Presence.ANY

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Audience":
        """The filter that a broadcast keeps."""
        return cls(**kept)

    def as_kept(self) -> dict[str, Any]:
        """What a broadcast keeps of it."""
        return asdict(self)


def find(organization: Organization, audience: Audience) -> QuerySet[Customer]:
    """The customers whom the filter finds at this moment, in no order. Nobody who is deleted is among them."""
    rows = Customer.objects.filter(organization=organization, deleted_at__isnull=True)
    if audience.site is not None:
        rows = rows.filter(site=audience.site)
    if audience.group is not None:
        rows = rows.filter(group=audience.group)
    if audience.presence != Presence.ANY:
        live = Session.objects.filter(organization=organization, ended_at__isnull=True, customer__isnull=False)
        is_online = Q(pk__in=live.values("customer"))
        rows = rows.filter(is_online if audience.presence == Presence.ONLINE else ~is_online)
    return _of_standing(rows, audience)


def _of_standing(rows: QuerySet[Customer], audience: Audience) -> QuerySet[Customer]:
    now = clock.now()
    own = Subscription.objects.filter(customer=OuterRef("pk"), ended_at__isnull=True)
    passes = Voucher.objects.filter(customer=OuterRef("pk"))
    usable = passes.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now))
    if audience.plan is not None:
        own, usable = own.filter(plan=audience.plan), usable.filter(plan=audience.plan)
    begun = own.filter(activated_at__isnull=False)
    running = begun.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    days = timedelta(days=audience.days)
    if audience.standing == Standing.ACTIVE:
        return rows.filter(Exists(running) | Exists(usable))
    if audience.standing == Standing.EXPIRING:
        return rows.filter(Exists(begun.filter(expires_at__gt=now, expires_at__lte=now + days)))
    if audience.standing == Standing.EXPIRED:
        return rows.filter(Exists(begun.filter(expires_at__lte=now, expires_at__gt=now - days)), ~Exists(running))
    return rows if audience.plan is None else rows.filter(Exists(own) | Exists(usable))
